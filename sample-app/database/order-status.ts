/** The states of an order. */
export const ORDER_STATUSES = ['open', 'paid', 'cancelled', 'refunded'] as const;

/** A state of an order. */
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** From which states an order comes into each: whatever changes a state asks here, and once more in its UPDATE. */
export const COMES_FROM: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  open: [],
  paid: ['open'],
  cancelled: ['open'],
  refunded: ['paid'],
};

/** The states that `PATCH` writes: those that no route of its own leads to, with rules of its own. */
export const PATCHED_STATUSES = ['paid'] as const satisfies readonly OrderStatus[];

/** In these an order may be deleted: no money has changed hands. */
export const REMOVABLE_STATUSES = ['open', 'cancelled'] as const satisfies readonly OrderStatus[];
