/**
 * The owner of an object, decided per object: also inside a list.
 *
 * @example
 * ```ts
 * class Order { @ExposeFor(OWNER, 'support') total!: number; }
 * ```
 */
export const OWNER: unique symbol = Symbol.for('nestjs-gatehouse:owner');

/**
 * Every caller that the route admits.
 *
 * @example
 * ```ts
 * class Order { @ExposeFor(ANYONE) id!: string; }
 * ```
 */
export const ANYONE: unique symbol = Symbol.for('nestjs-gatehouse:anyone');
