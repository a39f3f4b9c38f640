import type { Audience } from '../core/audience.js';
import type { Principal } from '../core/principal.js';
import { compileRule, hasId, type RuleTrace } from './compiled-rule.js';
import type { RuleNode } from './rule.js';

/** Why a rule admits a caller to an object or not: the tree of the rule, each with its answer. */
export interface Explanation {
  /** The rule as it was written: `owner('account.members.userId')`, `all`. */
  readonly rule: string;
  /** `unknown`: a value that it asks for is not there. Only `yes` admits. */
  readonly verdict: 'no' | 'unknown' | 'yes';
  /** The values that it found, of the related row that came nearest. Only where they were asked for: they are personal data. */
  readonly found?: readonly unknown[];
  /** The kind of error that a function of the application threw: its message may hold anything. */
  readonly threw?: string;
  /** Of `any`, `all` and `not`: the rules in it. */
  readonly rules?: readonly Explanation[];
}

/** What an explanation may show. */
export interface ExplanationOptions {
  /** `true`: with the values of the object. Default `false`: an explanation can be logged. */
  readonly values?: boolean;
}

/** Explains a rule. The verdict is that of the object check for the same call, always. */
export type Explain = (
  object: object,
  principal: Principal,
  audience: Audience,
  options?: ExplanationOptions,
) => Explanation;

const VERDICTS = ['no', 'unknown', 'yes'] as const;

/**
 * Compiles a rule into its explanation.
 *
 * @example
 * ```ts
 * explain(node)(order, principal, audience); // { rule: 'any', verdict: 'no', rules: [{ rule: "owner('userId')", verdict: 'no' }] }
 * ```
 */
export function explain(node: RuleNode): Explain {
  const rule = compileRule(node);
  return (object, principal, audience, { values = false } = {}) =>
    hasId(principal)
      ? explanationOf(rule.trace([object], principal, audience), values)
      : { rule: 'a caller with an id', verdict: 'no' };
}

function explanationOf({ rule, verdict, found, threw, rules }: RuleTrace, values: boolean): Explanation {
  return {
    rule: ruleText(rule),
    verdict: VERDICTS[verdict],
    ...(values && found && { found }),
    ...(threw !== undefined && { threw }),
    ...(isGroup(rule) && { rules: rules.map((trace) => explanationOf(trace, values)) }),
  };
}

/** An explanation as lines, indented: for a log or a terminal. `no       owner('userId')` */
export function explanationLines(explanation: Explanation, depth = 0): readonly string[] {
  const { rule, verdict, found, threw, rules = [] } = explanation;
  const values = found ? `  found ${found.length === 0 ? 'no row' : found.map(valueText).join(', ')}` : '';
  const thrown = threw === undefined ? '' : `  threw ${threw}`;
  return [
    `${verdict.padEnd(8)}${'  '.repeat(depth)}${rule}${values}${thrown}`,
    ...rules.flatMap((one) => explanationLines(one, depth + 1)),
  ];
}

/** A rule as lines, indented, before anybody is asked about. */
export function ruleLines(node: RuleNode, depth = 0): readonly string[] {
  const inner = node.kind === 'not' ? [node.rule] : 'rules' in node ? node.rules : [];
  return [`${'  '.repeat(depth)}${ruleText(node)}`, ...inner.flatMap((rule) => ruleLines(rule, depth + 1))];
}

/** The rules that a denial comes from, in one line: `owner('userId') no, role('support') no`. Without values. */
export function refusedBy(explanation: Explanation): string {
  const { rule, verdict, rules } = explanation;
  if (!rules) return `${rule} ${verdict}`;
  if (rule === 'not' || rules.length === 0) return `${ruleLine(explanation)} ${verdict}`;
  const failing = rules.filter((one) => one.verdict !== 'yes');
  return (rule === 'all' ? failing.slice(0, 1) : failing).map(refusedBy).join(', ');
}

/** The function that threw, where the rule has no answer: `fn('recent') threw TypeError`. */
export function failedBy({ rule, verdict, threw, rules = [] }: Explanation): string | undefined {
  if (verdict !== 'unknown') return undefined;
  if (threw !== undefined) return `${rule} threw ${threw}`;
  for (const one of rules) {
    const failed = failedBy(one);
    if (failed !== undefined) return failed;
  }
  return undefined;
}

function ruleLine({ rule, rules }: Explanation): string {
  return rules ? `${rule}(${rules.map(ruleLine).join(', ')})` : rule;
}

function isGroup(rule: RuleNode): boolean {
  return rule.kind === 'any' || rule.kind === 'all' || rule.kind === 'not';
}

function valueText(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  return typeof value === 'object' && value !== null ? 'an object' : (JSON.stringify(value) ?? typeof value);
}

/** A rule in the words of the builder, without the rules in it. Constants come from the code, never from a request. */
function ruleText(rule: RuleNode): string {
  switch (rule.kind) {
    case 'owner':
      return `owner('${rule.path.join('.')}')`;
    case 'same':
      return `same('${rule.path.join('.')}', '${rule.of}')`;
    case 'where':
      return `where('${rule.path.join('.')}', ${typeof rule.value === 'string' ? `'${rule.value}'` : String(rule.value)})`;
    case 'role':
      return `role('${rule.role}')`;
    case 'scope':
      return `scope('${rule.scope}')`;
    case 'fn':
      return `fn('${rule.name}')`;
    default:
      return rule.kind;
  }
}
