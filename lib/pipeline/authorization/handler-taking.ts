type IsAny<V> = 0 extends 1 & V ? true : false;

type Same<A, B> = IsAny<A> extends true ? false : [A] extends [B] ? ([B] extends [A] ? true : false) : false;

type SameList<A, Item> =
  IsAny<A> extends true ? false : A extends ReadonlyArray<infer Element> ? Same<Element, Item> : false;

type TakesOne<Parameters extends readonly unknown[], T> = true extends {
  [I in keyof Parameters]: Same<Parameters[I], T>;
}[number]
  ? unknown
  : NotTaken;

type TakesMany<Parameters extends readonly unknown[], T> = true extends {
  [I in keyof Parameters]: SameList<Parameters[I], T>;
}[number]
  ? unknown
  : NotTaken;

/** What the compiler names where a handler has no parameter for what is loaded. */
export interface NotTaken {
  readonly 'take what was checked, @Loaded() order: Order (Order[] for many), or write guardOnly: true': never;
}

type AnyHandler = (...args: any[]) => unknown;

/**
 * A decorator for handlers that have a parameter of exactly the class `T`. A handler that takes the id instead, and would load
 * a second object, does not compile.
 */
export type HandlerTaking<T> = <F extends AnyHandler>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F> & TakesOne<Parameters<F>, T>,
) => void;

/** A decorator for handlers that have a parameter that is a list of `T`. */
export type HandlerTakingMany<T> = <F extends AnyHandler>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<F> & TakesMany<Parameters<F>, T>,
) => void;
