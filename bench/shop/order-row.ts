import { SKUS, type Sku, priceOf } from './prices.js';

/** One line of an order as it is stored. Amounts are in cents. */
export interface OrderItemRow {
  readonly lineId: number;
  readonly sku: string;
  readonly quantity: number;
  readonly price: number;
}

/** An order as it is stored: what its owner may see, and what nobody but the staff may. */
export interface OrderRow {
  readonly id: string;
  readonly userId: string;
  readonly status: string;
  readonly total: number;
  readonly note: string | null;
  readonly items: readonly OrderItemRow[];
  readonly createdAt: Date;
  readonly internalNote: string | null;
  readonly costPrice: number;
}

/** What the owner of an order may see of it: the body that all servers have to send. */
export type OrderView = Omit<OrderRow, 'userId' | 'internalNote' | 'costPrice' | 'items'> & {
  readonly items: ReadonlyArray<Omit<OrderItemRow, 'lineId'>>;
};

/** A new order as a client asks for it. */
export interface OrderRequest {
  readonly items: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>;
  readonly note?: string | null;
}

const ITEMS = 3;
const CREATED = Date.UTC(2026, 10, 22, 10);
const NEW_ORDER = 0xffffffff;

/** The id of a user, `user-0` and so on. */
export function userId(user: number): string {
  return `user-${user}`;
}

/** The id of order number `n` of a user: a UUID that says which. */
export function orderId(user: number, n: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(user, 8)}-0000-4000-8000-${hex(n, 12)}`;
}

/** Order number `n` of a user. */
export function orderRow(user: number, n: number): OrderRow {
  const items = Array.from({ length: ITEMS }, (_, line): OrderItemRow => {
    const sku = SKUS[(n + line) % SKUS.length]!;
    return { lineId: n * ITEMS + line, sku, quantity: line + 1, price: priceOf(sku) };
  });
  return {
    id: orderId(user, n),
    userId: userId(user),
    status: n % 2 === 0 ? 'open' : 'paid',
    total: totalOf(items),
    note: n % 3 === 0 ? null : `leave order ${n} at the "back door"`,
    items,
    createdAt: new Date(CREATED - n * 60_000),
    internalNote: 'pays late',
    costPrice: 1200 + n,
  };
}

/** The order that a request asks for. Its id and time are always the same, so that the answers can be compared. */
export function newOrderRow(owner: string, request: OrderRequest): OrderRow {
  const items = request.items.map(({ sku, quantity }, line) => ({
    lineId: line,
    sku,
    quantity,
    price: priceOf(sku as Sku),
  }));
  return {
    id: orderId(NEW_ORDER, 1),
    userId: owner,
    status: 'open',
    total: totalOf(items),
    note: request.note ?? null,
    items,
    createdAt: new Date(CREATED),
    internalNote: null,
    costPrice: 0,
  };
}

/** What the owner sees, written by hand: no library can do less. */
export function viewOf(order: OrderRow): OrderView {
  return {
    id: order.id,
    status: order.status,
    total: order.total,
    note: order.note,
    items: order.items.map((item) => ({ sku: item.sku, quantity: item.quantity, price: item.price })),
    createdAt: order.createdAt,
  };
}

function totalOf(items: readonly OrderItemRow[]): number {
  return items.reduce((total, { price, quantity }) => total + price * quantity, 0);
}
