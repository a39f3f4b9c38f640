import { RETRY_SOON, type Denial } from '../../../core/decision.js';
import { errorKind } from '../../../core/error-kind.js';
import { DecisionUnavailable } from '../../../kit/decisions/decision-point.js';

/** The 503 for a policy or an obligation that gave no answer. Of what was thrown only the kind is logged: a message may quote input. */
export function unavailable(who: string, error: unknown): Denial {
  const kind = errorKind(error);
  const what = error instanceof DecisionUnavailable ? `${kind}, ${error.kind}` : kind;
  return { reason: 'access.policy-unavailable', note: `${who}: ${what}`, headers: RETRY_SOON };
}
