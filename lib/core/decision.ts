import type { FieldError } from './problem.js';
import type { DenialReason } from './reason.js';

/**
 * A refusal, as a value. Allowing is `undefined`: a decision that costs nothing.
 *
 * @example
 * ```ts
 * const denial: Denial = { reason: 'access.role', note: 'needs support' };
 * ```
 */
export interface Denial {
  readonly reason: DenialReason;
  /** For the security log only, never for the client. Never a secret, never input as typed. */
  readonly note?: string;
  /** Response headers that go with the refusal, for example `WWW-Authenticate` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The failed inputs that the client is told about. */
  readonly errors?: readonly FieldError[];
  /** The failed inputs for the security log, where `errors` has names that the client made up. */
  readonly logged?: readonly string[];
  /** Replaces the status of the reason, where an option says so (422 for `input.invalid`). */
  readonly status?: number;
}

/** The headers of a 503 for a part that is down now and may be back in a few seconds. */
export const RETRY_SOON: NonNullable<Denial['headers']> = Object.freeze({ 'Retry-After': '5' });

/** `undefined` allows; a {@link Denial} refuses. */
export type Decision = Denial | undefined;

/** A decision that may need a round trip. Return the plain value where none is needed: it saves a promise. */
export type MaybePromise<T> = T | Promise<T>;
