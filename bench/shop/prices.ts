/** What the shop sells. */
export const SKUS = ['tea-green', 'tea-black', 'cup-small', 'cup-large', 'pot-iron', 'tin-round'] as const;

/** An article. */
export type Sku = (typeof SKUS)[number];

const PRICES: Readonly<Record<Sku, number>> = {
  'tea-green': 650,
  'tea-black': 590,
  'cup-small': 1200,
  'cup-large': 1650,
  'pot-iron': 8900,
  'tin-round': 420,
};

/** The price of one piece, in cents. */
export function priceOf(sku: Sku): number {
  return PRICES[sku];
}
