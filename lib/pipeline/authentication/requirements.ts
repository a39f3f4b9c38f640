import { systemClock, type Clock } from '../../core/clock.js';
import type { Decision, Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { DpopDenials } from './dpop/dpop-denials.js';
import type { RouteDemands } from './route-demands.js';
import type { StepUpRule } from './step-up/step-up.decorator.js';
import { isSteppedUp, stepUpParameters } from './step-up/step-up.js';

/** What a route asks of a caller who is identified, beyond that. */
export type Requirement = (principal: Principal) => Decision;

/** What is declared of that, and the challenges of the schemes that the route takes. */
export interface Demands extends RouteDemands {
  /** `Bearer realm="api"` */
  readonly bearer: string;
  /** `DPoP realm="api", algs="…"`; `undefined`: no proofs are checked. */
  readonly dpop: string | undefined;
}

/** Makes the requirement of a route at boot, its challenges included; `undefined` where it asks for nothing. */
export function requirementOf(demands: Demands, clock: Clock = systemClock): Requirement | undefined {
  const { dpopOnly, stepUp } = demands;
  if (!dpopOnly && stepUp.length === 0) return undefined;
  const bound = new DpopDenials(demands.dpop ?? '').binding(
    'the route asks for a token that is bound to a key (cnf.jkt)',
  );
  const rules = stepUp.map((rule) => ({ rule, ...stepUpDenials(rule, demands) }));
  return (principal) => {
    const isBound = isBoundToKey(principal);
    if (dpopOnly && principal.method === 'jwt' && !isBound) return bound;
    for (const { rule, ofBearer, ofDpop } of rules) {
      // An API key tells of no sign-in.
      const holds = principal.method === 'jwt' && isSteppedUp(rule, principal.claims, clock() / 1000);
      if (!holds) return isBound ? ofDpop : ofBearer;
    }
    return undefined;
  };
}

function stepUpDenials(rule: StepUpRule, { bearer, dpop }: Demands): { ofBearer: Denial; ofDpop: Denial } {
  const saying = (challenge: string): Denial => ({
    reason: 'token.step-up',
    headers: Object.freeze({ 'WWW-Authenticate': `${challenge}, ${stepUpParameters(rule)}` }),
  });
  return { ofBearer: saying(bearer), ofDpop: saying(dpop ?? bearer) };
}

/** That its sender proved to hold the key was checked before it became anybody's request. */
function isBoundToKey({ method, claims }: Principal): boolean {
  const { cnf } = claims;
  return method === 'jwt' && typeof cnf === 'object' && cnf !== null && Object.hasOwn(cnf, 'jkt');
}
