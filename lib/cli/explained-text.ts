import { explanationLines } from '../policy/explanation.js';
import type { ExplainedDecision, RouteExplanation } from '../posture/route-explanation.js';

/** An explanation of a route for a terminal. */
export function explainedText(explanation: RouteExplanation): string {
  const { address, handler, controls, rules, policies, exposure, caller, decisions } = explanation;
  const sections: Array<readonly [heading: string, lines: readonly string[]]> = [
    [`${address}  (${handler})`, columns(controls)],
    ...rules.map(
      ({ resource, action, rule }) =>
        [`${action} ${resource}`, rule.length > 0 ? rule : ['no rule: nobody is admitted']] as const,
    ),
    ['policies, asked after that', policies],
    ['who is shown what', columns(exposure)],
  ];
  if (caller) {
    const roles = caller.roles.join(', ') || 'no role';
    const missing = caller.missing.map((what) => `refused, ${caller.answer}: it has not the ${what}`);
    const refused = missing.length > 0 ? missing : [`refused, ${caller.answer}`];
    sections.push([
      `${caller.id} (${roles})`,
      caller.answer === 'admitted' ? ['let on to the rules'] : refused,
    ]);
  }
  for (const decision of decisions ?? []) sections.push([heading(decision), lines(decision)]);
  return sections
    .filter(([, body]) => body.length > 0)
    .map(([title, body]) => [title, ...body.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

function heading({ resource, action, answer }: ExplainedDecision): string {
  return `${action} ${resource}: ${typeof answer === 'number' ? `refused, ${answer}` : answer}`;
}

function lines({ resource, answer, reason, explanation }: ExplainedDecision): readonly string[] {
  if (explanation) return explanationLines(explanation);
  if (answer === 'not named') return [`name one by its resource: --object '{"${resource}":"…"}'`];
  return [reason === 'access.loader' ? 'the loader gave no answer' : 'there is no such object'];
}

function columns(words: Readonly<Record<string, string>>): readonly string[] {
  const width = Math.max(0, ...Object.keys(words).map((word) => word.length));
  return Object.entries(words).map(([word, what]) => `${word.padEnd(width)}  ${what}`);
}
