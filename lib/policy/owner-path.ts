type Item<V> = NonNullable<V> extends ReadonlyArray<infer Element> ? NonNullable<Element> : NonNullable<V>;

type Opaque =
  | Date
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Uint8Array
  | ((...args: never[]) => unknown);

type IsAny<V> = 0 extends 1 & V ? true : false;

type PathTo<Leaf, T, Deeper extends readonly unknown[]> = {
  [K in keyof T & string]-?: IsAny<T[K]> extends true
    ? never
    : Item<T[K]> extends Leaf
      ? K
      : Item<T[K]> extends Opaque
        ? never
        : Item<T[K]> extends object
          ? Deeper extends readonly [unknown, ...infer Rest]
            ? `${K}.${PathTo<Leaf, Item<T[K]>, Rest>}`
            : never
          : never;
}[keyof T & string];

/**
 * A dotted path of at most four properties to the id of an owner, through objects and arrays: `'userId'`,
 * `'account.members.userId'`. Its last property is a string, number or bigint. With a branded `UserId` type the union narrows to
 * the real owners: a plain `string` property also admits `'status'`.
 *
 * @example
 * ```ts
 * const path: OwnerPath<Order> = 'account.members.userId';
 * ```
 */
export type OwnerPath<T> = PathTo<string | number | bigint, T, [1, 1, 1]>;

/** A dotted path of at most four properties to a string or a whole number, for `r.same(path)`. */
export type SamePath<T> = PathTo<string | number | bigint, T, [1, 1, 1]>;

/** A dotted path of at most four properties to a string, number, bigint or boolean, for `r.where(path, value)`. */
export type WherePath<T> = PathTo<string | number | bigint | boolean, T, [1, 1, 1]>;

/** What may stand at the end of a {@link WherePath}; `null` only where the property may be missing. */
export type WhereValue<T, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof T
    ? WhereValue<Item<T[Head]>, Rest>
    : never
  : Path extends keyof T
    ? Item<T[Path]> | (null extends T[Path] ? null : undefined extends T[Path] ? null : never)
    : never;

/** A property that can be an id, or a part of one. */
export type IdProperty<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends string | number | bigint ? K : never;
}[keyof T & string];
