/**
 * Milliseconds since the epoch. A parameter wherever time decides something, so that a test can set it.
 *
 * @example
 * ```ts
 * const clock: Clock = () => 1_790_000_000_000;
 * ```
 */
export type Clock = () => number;

/** The machine's clock. */
export const systemClock: Clock = Date.now;
