import type { Audience } from '../core/audience.js';
import { errorKind } from '../core/error-kind.js';
import type { Principal } from '../core/principal.js';
import { pathKey, sharedPath, type PathLeaf, type RuleLeaf, type RuleNode, type RuleValue } from './rule.js';
import {
  atPath,
  callerValue,
  comparesToCaller,
  comparesToConstant,
  NO,
  NO_ROW,
  readRow,
  UNKNOWN,
  YES,
  type Verdict,
} from './verdict.js';

/** One rule of the tree with what it said of an object. */
export interface RuleTrace {
  readonly rule: RuleNode;
  readonly verdict: Verdict;
  /** The values that a comparison found. */
  readonly found?: readonly unknown[];
  /** The kind of error that a function threw. */
  readonly threw?: string;
  readonly rules: readonly RuleTrace[];
}

/**
 * A rule as closures: what it says, and why. Both ask the same comparisons of the same rows. `rows[0]` is the object; the
 * others are the related rows chosen so far. Which index holds which path is fixed at boot.
 */
export interface CompiledRule {
  judge(rows: unknown[], principal: Principal, audience: Audience): Verdict;
  trace(rows: unknown[], principal: Principal, audience: Audience): RuleTrace;
}

type Places = ReadonlyMap<string, number>;

/** Compiles a rule. Nothing is decided per call but values. */
export function compileRule(node: RuleNode, places: Places = new Map()): CompiledRule {
  if (node.kind === 'not') return negation(node, compileRule(node.rule, places));
  if (node.kind === 'any') {
    const rules = node.rules.map((rule) => compileRule(rule, places));
    return {
      judge: (rows, principal, audience) => someRule(rules, rows, principal, audience),
      trace: (...call) => traceOf(node, rules, call, (verdicts) => Math.max(NO, ...verdicts)),
    };
  }
  if (node.kind === 'all') {
    const shared = sharedPath(node.rules, places);
    if (shared) return choice(node, places, shared);
    const rules = node.rules.map((rule) => compileRule(rule, places));
    return {
      judge: (rows, principal, audience) => everyRule(rules, rows, principal, audience),
      trace: (...call) => traceOf(node, rules, call, (verdicts) => Math.min(YES, ...verdicts)),
    };
  }
  return compileLeaf(node, places);
}

type Call = Parameters<CompiledRule['judge']>;

// Parameter by parameter: a rest of them would be an array for each object of a response.
function someRule(
  rules: readonly CompiledRule[],
  rows: unknown[],
  principal: Principal,
  audience: Audience,
): Verdict {
  let best: Verdict = NO;
  for (const rule of rules) {
    const verdict = rule.judge(rows, principal, audience);
    if (verdict === YES) return YES;
    if (verdict > best) best = verdict;
  }
  return best;
}

function everyRule(
  rules: readonly CompiledRule[],
  rows: unknown[],
  principal: Principal,
  audience: Audience,
): Verdict {
  let least: Verdict = YES;
  for (const rule of rules) {
    const verdict = rule.judge(rows, principal, audience);
    if (verdict === NO) return NO;
    if (verdict < least) least = verdict;
  }
  return least;
}

function traceOf(
  node: RuleNode,
  rules: readonly CompiledRule[],
  call: Call,
  join: (verdicts: readonly Verdict[]) => number,
): RuleTrace {
  const traces = rules.map((rule) => rule.trace(...call));
  return { rule: node, verdict: join(traces.map(({ verdict }) => verdict)) as Verdict, rules: traces };
}

function negation(node: RuleNode, rule: CompiledRule): CompiledRule {
  return {
    judge: (rows, principal, audience) => (YES - rule.judge(rows, principal, audience)) as Verdict,
    trace: (...call) => {
      const trace = rule.trace(...call);
      return { rule: node, verdict: (YES - trace.verdict) as Verdict, rules: [trace] };
    },
  };
}

// What two conditions say of `account.members` they say of one member: choose it here, then ask both.
function choice(node: RuleNode, places: Places, path: readonly string[]): CompiledRule {
  const from = places.get(pathKey(path.slice(0, -1))) ?? 0;
  const property = path.at(-1)!;
  const place = places.size + 1;
  const rule = compileRule(node, new Map(places).set(pathKey(path), place));
  const candidates = (rows: unknown[]): readonly unknown[] => {
    const value = readRow(rows[from], property);
    if (!Array.isArray(value)) return [value];
    // Without a row the conditions on it do not hold, but others of the same `all` may not need it.
    return value.length === 0 ? [NO_ROW] : (value as unknown[]);
  };
  return {
    judge: (rows, principal, audience) => {
      let best: Verdict = NO;
      for (const row of candidates(rows)) {
        rows[place] = row;
        const verdict = rule.judge(rows, principal, audience);
        if (verdict === YES) return YES;
        if (verdict > best) best = verdict;
      }
      return best;
    },
    trace: (rows, principal, audience) => {
      let best: RuleTrace | undefined;
      for (const row of candidates(rows)) {
        rows[place] = row;
        const trace = rule.trace(rows, principal, audience);
        if (!best || trace.verdict > best.verdict) best = trace;
      }
      return best!;
    },
  };
}

function compileLeaf(leaf: RuleLeaf, places: Places): CompiledRule {
  if ('path' in leaf) return comparison(leaf, places);
  if (leaf.kind === 'fn') return ownFunction(leaf);
  const judge = judgeOf(leaf);
  return { judge, trace: (...call) => ({ rule: leaf, verdict: judge(...call), rules: [] }) };
}

function judgeOf(leaf: Extract<RuleLeaf, { kind: 'role' | 'scope' }>): CompiledRule['judge'] {
  if (leaf.kind === 'role')
    return (_rows, _principal, audience) => (audience.roles.has(leaf.role) ? YES : NO);
  return (_rows, principal) => (principal.scopes.includes(leaf.scope) ? YES : NO);
}

// What it throws is no answer: another rule may still have one.
function ownFunction(leaf: Extract<RuleLeaf, { kind: 'fn' }>): CompiledRule {
  const ask = (rows: unknown[], principal: Principal): Verdict => {
    // From JavaScript it may answer anything, a promise included.
    const answer: unknown = leaf.test(rows[0] as never, principal);
    return answer === true ? YES : answer === false ? NO : UNKNOWN;
  };
  return {
    judge: (rows, principal) => {
      try {
        return ask(rows, principal);
      } catch {
        return UNKNOWN;
      }
    },
    trace: (rows, principal) => {
      try {
        return { rule: leaf, verdict: ask(rows, principal), rules: [] };
      } catch (error) {
        const threw = errorKind(error);
        return { rule: leaf, verdict: UNKNOWN, threw, rules: [] };
      }
    },
  };
}

function comparison(leaf: PathLeaf, places: Places): CompiledRule {
  const { path } = leaf;
  let chosen = path.length - 1;
  while (chosen > 0 && !places.has(pathKey(path.slice(0, chosen)))) chosen--;
  const from = chosen === 0 ? 0 : places.get(pathKey(path.slice(0, chosen)))!;
  const rest = path.slice(chosen);
  const wantedOf = wantedBy(leaf);
  const compare = leaf.kind === 'where' ? comparesToConstant : comparesToCaller;
  return {
    judge: (rows, principal) => atPath(rows[from], rest, 0, compare as Compare, wantedOf(principal)),
    trace: (rows, principal) => {
      const found: unknown[] = [];
      const verdict = atPath(
        rows[from],
        rest,
        0,
        (value, wanted) => {
          found.push(value);
          return (compare as Compare)(value, wanted);
        },
        wantedOf(principal),
      );
      return { rule: leaf, verdict, found, rules: [] };
    },
  };
}

type Compare = (value: unknown, wanted: RuleValue | undefined) => Verdict;

function wantedBy(leaf: PathLeaf): (principal: Principal) => RuleValue | undefined {
  if (leaf.kind === 'where') return () => leaf.value;
  const of = leaf.kind === 'owner' ? 'id' : leaf.of;
  return (principal) => callerValue(principal, of);
}

/** Whether there is a caller at all: from JavaScript it may be no principal, or one without an id. */
export function hasId(principal: Principal | null | undefined): principal is Principal {
  return typeof principal?.id === 'string' && principal.id !== '';
}
