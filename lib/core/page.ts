/**
 * One page of a list. `@Returns(Page.of(Order))` exposes `items` by the rules of `Order`, and `nextCursor` to everyone.
 *
 * @example
 * ```ts
 * return new Page(orders, orders.length === query.limit ? cursorOf(orders.at(-1)) : null);
 * ```
 */
export class Page<T> {
  constructor(
    readonly items: readonly T[],
    /** Opaque; hand it back as `?cursor=`. `null` on the last page. */
    readonly nextCursor: string | null,
  ) {}

  /** Names a page of `item` in `@Returns`. */
  static of<I>(item: abstract new (...args: never[]) => I): PageOf<I> {
    return new PageOf(item);
  }
}

/** What `Page.of(Order)` makes: a page and the class of its items. */
export class PageOf<I> {
  constructor(readonly item: abstract new (...args: never[]) => I) {}
}
