import { SKUS } from '../../shop/prices.js';
import type { OrderRequest } from '../../shop/order-row.js';

const KNOWN: ReadonlySet<unknown> = new Set(SKUS);

/** Whether a body is a new order and nothing else, written by hand. */
export function isOrderRequest(body: unknown): body is OrderRequest {
  if (typeof body !== 'object' || body === null) return false;
  for (const key in body) if (key !== 'items' && key !== 'note') return false;
  const { items, note } = body as Partial<OrderRequest>;
  if (note !== undefined && note !== null && (typeof note !== 'string' || note.length > 500)) return false;
  return Array.isArray(items) && items.length >= 1 && items.length <= 50 && items.every(isItem);
}

function isItem(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  for (const key in item) if (key !== 'sku' && key !== 'quantity') return false;
  const { sku, quantity } = item as { sku?: unknown; quantity?: unknown };
  return (
    KNOWN.has(sku) && Number.isInteger(quantity) && (quantity as number) >= 1 && (quantity as number) <= 100
  );
}
