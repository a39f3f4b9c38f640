import type { Clock } from '../../../core/clock.js';
import type { GuardCall } from '../../../core/control.js';
import type { Decision, Denial, MaybePromise } from '../../../core/decision.js';
import type { Principal } from '../../../core/principal.js';
import type { PolicyContext } from './access-policy.js';
import type { Obligations, Owed } from './obligations.js';
import type { CompiledPolicy } from './policy-compiler.js';
import { Allowed, Denied } from './policy-decision.js';
import { unavailable } from './policy-failure.js';

/** The policies of a route, and what they are asked with. */
export interface PolicyCheck {
  readonly policies: readonly CompiledPolicy[];
  readonly obligations: Obligations;
  readonly clock: Clock;
}

const AT_ONCE = 10;

type Context = PolicyContext<object | undefined>;

/** What one policy said of one object: its decision, or the 503 for none. */
type Answer = Allowed | Denied | Denial;

/** One request at the policies of its route. */
interface Asking {
  readonly check: PolicyCheck;
  readonly contexts: (policy: CompiledPolicy) => readonly Context[];
  readonly owed: Owed[];
}

/**
 * Asks the policies of a route, one after the other, each about all its objects, ten at once. `owed` takes the obligations of those that admit.
 * A promise is made only where a policy made one.
 *
 * @param objectsOf the loaded objects by the position of their resource
 */
export function askPolicies(
  check: PolicyCheck,
  { facts, request }: GuardCall,
  principal: Principal,
  objectsOf: (load: number) => readonly object[],
  owed: Owed[],
): MaybePromise<Decision> {
  const base: PolicyContext = {
    object: undefined,
    principal,
    roles: facts.audience!.roles,
    address: facts.address,
    now: check.clock(),
    route: facts.plan!.route.id,
    body: request.body,
  };
  const contexts = ({ load }: CompiledPolicy): readonly Context[] =>
    load === undefined ? [base] : objectsOf(load).map((object) => ({ ...base, object }));
  return askFrom(0, { check, contexts, owed });
}

function askFrom(first: number, asking: Asking): MaybePromise<Decision> {
  const { policies } = asking.check;
  for (let i = first; i < policies.length; i++) {
    const policy = policies[i]!;
    const refused = askOne(policy, asking.contexts(policy), asking);
    if (refused instanceof Promise) return refused.then((denial) => denial ?? askFrom(i + 1, asking));
    if (refused) return refused;
  }
  return undefined;
}

/**
 * Asks about a few objects at once, so that one request for a hundred takes not all that a decision point has, and about no others once
 * one is refused.
 */
function askOne(
  policy: CompiledPolicy,
  contexts: readonly Context[],
  asking: Asking,
  first = 0,
  missing?: Decision,
): MaybePromise<Decision> {
  const next = first + AT_ONCE;
  const some = contexts.slice(first, next);
  const answers = some.map((context) => answerOf(policy, context));
  const weighed = (settled: readonly Answer[]): MaybePromise<Decision> => {
    const denial = weigh(policy, some, settled, asking, missing);
    const decided = denial?.reason === 'access.policy' || next >= contexts.length;
    return decided ? denial : askOne(policy, contexts, asking, next, denial);
  };
  if (!answers.some((answer) => answer instanceof Promise)) return weighed(answers as readonly Answer[]);
  return Promise.all(answers.map((answer) => Promise.resolve(answer))).then(weighed);
}

function answerOf({ name, policy }: CompiledPolicy, context: Context): MaybePromise<Answer> {
  const failed = (error: unknown) => unavailable(name, error);
  const checked = (decision: unknown): Answer =>
    Allowed.is(decision) || Denied.is(decision)
      ? decision
      : { ...failed(undefined), note: `${name}: neither allow() nor deny()` };
  try {
    const decision: unknown = policy.decide(context as never);
    if (typeof (decision as PromiseLike<unknown> | undefined)?.then !== 'function') return checked(decision);
    return Promise.resolve(decision).then(checked, failed);
  } catch (error) {
    return failed(error);
  }
}

/** A refusal outweighs an answer that is missing, `before` one of earlier objects. */
function weigh(
  policy: CompiledPolicy,
  contexts: readonly Context[],
  answers: readonly Answer[],
  { check, owed }: Asking,
  before: Decision,
): Decision {
  let refused: Decision;
  let missing = before;
  for (let i = 0; i < answers.length; i++) {
    const answer = answers[i]!;
    if (Allowed.is(answer) || Denied.is(answer)) {
      const why = Denied.is(answer) ? wordOf(answer.code) : unknownOf(answer, check.obligations);
      if (why !== undefined) {
        refused ??= { reason: 'access.policy', note: `${policy.name}: ${why}` };
      } else {
        for (const obligation of (answer as Allowed).obligations) {
          owed.push({ policy: policy.name, obligation, context: contexts[i]! });
        }
      }
    } else {
      missing ??= answer;
    }
  }
  return refused ?? missing;
}

/** The obligation that nobody knows, in words. XACML: whoever does not understand one refuses. */
function unknownOf({ obligations }: Allowed, known: Obligations): string | undefined {
  const at = obligations.findIndex((obligation) => !known.knows(obligation));
  return at < 0 ? undefined : `unknown obligation ${wordOf(obligations[at]?.name)}`;
}

const WORD = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

/** What goes into the log, so that nothing else can get there. */
function wordOf(code: unknown): string {
  return typeof code === 'string' && WORD.test(code) ? code : 'what is no word';
}
