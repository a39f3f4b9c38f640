import type { Principal } from '../../../core/principal.js';

/** One response on its way out. */
export interface Walk {
  readonly principal: Principal | null;
  /** The objects of self-referring classes that are being written, outermost first. */
  readonly ancestors: object[];
}

/**
 * Turns one value into what may leave of it.
 *
 * @param owned whether the caller owns the nearest enclosing resource.
 */
export type Encode = (value: unknown, walk: Walk, owned: boolean) => unknown;
