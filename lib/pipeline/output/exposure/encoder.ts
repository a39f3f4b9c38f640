import type { Principal } from '../../../core/principal.js';
import type { RequestFacts } from '../../../core/request-facts.js';

/** One response on its way out. */
export interface Walk {
  readonly principal: Principal | null;
  /** The objects of self-referring classes that are being written, outermost first. */
  readonly ancestors: object[];
  /** What is known of the request; `undefined` where there is none. */
  readonly facts: RequestFacts | undefined;
  /** Whether anything was left out on the way. */
  redacted: boolean;
}

/**
 * Turns one value into what may leave of it.
 *
 * @param owned whether the caller owns the nearest enclosing resource.
 */
export type Encode = (value: unknown, walk: Walk, owned: boolean) => unknown;
