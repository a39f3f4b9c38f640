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
    const missing = caller.missing.map((what) => `refused, 403: it has not the ${what}`);
    sections.push([`${caller.id} (${roles})`, missing.length > 0 ? missing : ['let on to the rules']]);
  }
  for (const decision of decisions ?? []) sections.push([heading(decision), lines(decision)]);
  return sections
    .filter(([, body]) => body.length > 0)
    .map(([title, body]) => [title, ...body.map((line) => `  ${line}`)].join('\n'))
    .join('\n\n');
}

function heading({ resource, action, answer }: ExplainedDecision): string {
  return `${action} ${resource}: ${answer === 'admitted' ? answer : `refused, ${answer}`}`;
}

function lines({ explanation }: ExplainedDecision): readonly string[] {
  return explanation ? explanationLines(explanation) : ['there is no such object'];
}

function columns(words: Readonly<Record<string, string>>): readonly string[] {
  const width = Math.max(0, ...Object.keys(words).map((word) => word.length));
  return Object.entries(words).map(([word, what]) => `${word.padEnd(width)}  ${what}`);
}
