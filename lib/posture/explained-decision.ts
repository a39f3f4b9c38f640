import type { Audience } from '../core/audience.js';
import type { Decision } from '../core/decision.js';
import { nearest } from '../core/options.js';
import type { Principal } from '../core/principal.js';
import { REASONS } from '../core/reason.js';
import { answerAbout } from '../pipeline/authorization/object-answer.js';
import type { ObjectCheck } from '../pipeline/authorization/object-check.js';
import type { Resource } from '../policy/compiled-resource.js';
import { failedBy } from '../policy/explanation.js';
import type { Answer, ExplainedDecision } from './route-explanation.js';

/** What a route asks of the objects of one resource. */
export interface ObjectQuestion {
  readonly resource: Resource;
  readonly checks: readonly ObjectCheck[];
  /** Whether it is asked of each row of a list, and not of an object that a request names. */
  readonly ofRows: boolean;
}

/** For whom an object is explained. */
export interface AskedCaller {
  readonly principal: Principal;
  readonly audience: Audience;
  /** Whether the explanations show values. */
  readonly values: boolean;
}

/** What one question comes to. */
export interface QuestionAnswer {
  readonly decisions: readonly ExplainedDecision[];
  /** What a request is told; `undefined` where no object is named. */
  readonly answer: Answer | undefined;
}

/** Ids were given by names, and one is no name of the route. Told by its `name`: the command line may be another copy of this package. */
export class UnknownResource extends Error {
  override readonly name = 'UnknownResource';
}

/** Decides about the object with this id, or says that none is named. */
export async function decideAbout(
  { resource, checks, ofRows }: ObjectQuestion,
  id: unknown,
  { principal, audience, values }: AskedCaller,
): Promise<QuestionAnswer> {
  const about = (action: string | undefined) => ({ resource: resource.name, action: action ?? 'owner' });
  if (id === undefined) {
    const decisions = checks.map(({ action }) => ({ ...about(action), answer: 'not named' as const }));
    return { decisions, answer: undefined };
  }
  const said = await answerAbout(resource, checks, id, principal, audience);
  const decisions = said.checks.map(({ action, denial }): ExplainedDecision => {
    const explanation = said.object && resource.explain(action, said.object, principal, audience, { values });
    // A caller is not told which of the rows has no answer, but whoever asks here is no caller.
    const unknown = ofRows && explanation && failedBy(explanation) !== undefined;
    const shown: Decision = unknown ? { reason: 'access.rule-unavailable' } : denial;
    return {
      ...about(action),
      answer: ofRows ? rowAnswer(shown) : answerTo(shown),
      ...(shown && { reason: shown.reason }),
      ...(explanation && { explanation }),
    };
  });
  return { decisions, answer: answerTo(said.denial) };
}

/** What a request is told that ends with this decision. */
export function answerTo(denial: Decision): Answer {
  return denial ? (denial.status ?? REASONS[denial.reason].status) : 'admitted';
}

// Whether a row is in a list is not known where its data source, or a function of its rule, gave no answer.
function rowAnswer(denial: Decision): ExplainedDecision['answer'] {
  if (!denial) return 'listed';
  const status = answerTo(denial);
  return status === 503 ? status : 'not listed';
}

/**
 * The id that is named for each resource: one id alone is that of the first.
 *
 * @throws {UnknownResource} for ids by names that are not all those of the questions
 */
export function idsByResource(
  object: unknown,
  questions: readonly ObjectQuestion[],
): (resource: string) => unknown {
  const names = [...new Set(questions.map(({ resource }) => resource.name))];
  const keys = typeof object === 'object' && object !== null ? Object.keys(object) : [];
  const parts = questions[0]?.resource.ids ?? [];
  const isName = (key: string) => names.includes(key);
  const isMeant = (key: string) => isName(key) || (!parts.includes(key) && nearest(key, names) !== undefined);
  if (!keys.some(isMeant)) return (name) => (name === names[0] ? object : undefined);
  const unknown = keys.find((key) => !isName(key));
  if (unknown !== undefined) {
    const near = nearest(unknown, names);
    throw new UnknownResource(
      `object names a resource that the route neither loads nor lists. ${near ? `Did you mean '${near}'?` : `It loads or lists: ${names.join(', ')}`}`,
    );
  }
  const ids = new Map<string, unknown>(Object.entries(object as object));
  return (name) => ids.get(name);
}
