/** What the shop sells: the price and what it costs the shop, in cents. */
export const PRICE_LIST: Readonly<Record<string, { readonly price: number; readonly cost: number }>> = {
  'TEA-GREEN': { price: 650, cost: 310 },
  'TEA-BLACK': { price: 590, cost: 280 },
  KETTLE: { price: 4900, cost: 2750 },
  MUG: { price: 1200, cost: 400 },
};

/** The article numbers of the price list. */
export const SKUS = Object.keys(PRICE_LIST);

/** One line of a new order. */
export interface OrderLine {
  readonly sku: string;
  readonly quantity: number;
}

/** Lines with their prices, and what they come to. In cents. */
export interface PricedLines {
  readonly items: ReadonlyArray<OrderLine & { readonly price: number }>;
  readonly total: number;
  readonly costPrice: number;
}

/**
 * Puts prices on lines. The one place where money is computed.
 *
 * @throws {RangeError} for an article that is not on the list; input is checked against {@link SKUS} before it comes here.
 */
export function priced(lines: readonly OrderLine[]): PricedLines {
  let total = 0;
  let costPrice = 0;
  const items = lines.map(({ sku, quantity }) => {
    const article = PRICE_LIST[sku];
    if (!article) throw new RangeError('An order line names an article that is not on the price list.');
    total += article.price * quantity;
    costPrice += article.cost * quantity;
    return { sku, quantity, price: article.price };
  });
  return { items, total, costPrice };
}
