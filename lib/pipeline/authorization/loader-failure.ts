import { RETRY_SOON, type Denial } from '../../core/decision.js';

/** The 503 for a data source that gives no answer. */
export function loaderFailure({ name }: { readonly name: string }, what: string): Denial {
  return { reason: 'access.loader', note: `${name}: ${what}`, headers: RETRY_SOON };
}
