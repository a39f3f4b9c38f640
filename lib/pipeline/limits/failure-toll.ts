import type { Decision, Denial, MaybePromise } from '../../core/decision.js';
import type { FailureToll } from '../../core/reporter.js';
import type { DenialReason } from '../../core/reason.js';
import type { RequestFacts } from '../../core/request-facts.js';
import type { StateTrip } from '../../kit/state/state-trip.js';
import { LimitCharge, type LimitDependencies } from './limit-charge.js';
import type { RouteLimit } from './route-limit.js';

/** What says that a credential was guessed, stolen or made up. Not these: none was sent, or a good one is not enough any more. */
const NO_GUESS: ReadonlySet<DenialReason> = new Set([
  'token.missing',
  'token.expired',
  'token.nonce',
  'token.step-up',
  'token.keys-unavailable',
  'token.introspection-unavailable',
  'api-key.expired',
  'api-key.rotated',
  'api-key.unavailable',
]);

/**
 * Counts a request that failed before the guard could count it (unknown route, malformed body, bad token) against the limits
 * by address that all routes share, one unit each, so that failing is not a way around them. A refused token or API key is also counted against the limit of
 * its own: clients behind one address whose tokens expire do not spend it, and who has a good one is not held up by it. Where that one is
 * spent, the others are charged all the same, so that who goes on is turned away before the body is read.
 */
export class AddressToll implements FailureToll {
  constructor(
    private readonly limits: readonly RouteLimit[],
    private readonly failures: RouteLimit | undefined,
    private readonly trip: StateTrip,
    private readonly dependencies: LimitDependencies,
  ) {}

  charge(facts: RequestFacts, denial?: Denial): MaybePromise<Decision> {
    if (facts.charged) return undefined;
    facts.charged = true;
    const charge = new LimitCharge(this.dependencies, facts, false);
    for (const limit of this.limits) charge.addFailed(limit);
    if (this.failures && denial && isGuess(denial)) charge.addFailed(this.failures, true);
    if (charge.ops.length === 0) return undefined;
    facts.asks = [charge];
    return this.trip.run(facts);
  }
}

function isGuess({ reason }: Denial): boolean {
  return (reason.startsWith('token.') || reason.startsWith('api-key.')) && !NO_GUESS.has(reason);
}
