import type { Principal } from '../core/principal.js';
import type { CallerProperty, RuleValue } from './rule.js';

/**
 * What a rule says of an object: it holds, it does not, or what it asks for is not there. Ordered, so that `any` is the greatest
 * of its rules, `all` the least, and `not` the distance from {@link YES} (Kleene's logic, as SQL's). Only {@link YES} admits.
 */
export type Verdict = 0 | 1 | 2;

/** The rule does not hold. */
export const NO = 0;
/** What the rule asks for is not there: it admits nobody, and its `not` neither. */
export const UNKNOWN = 1;
/** The rule holds. */
export const YES = 2;

/** Stands for the row of a to-many relation that has none: every condition on it is {@link NO}. */
export const NO_ROW: unique symbol = Symbol('no row');

/** The value of the caller that a rule compares with, as text; `undefined` where the caller has none. */
export function callerValue(principal: Principal, of: CallerProperty): string | undefined {
  const value = of === 'id' || of === 'tenant' ? principal[of] : claim(principal, of.slice('claims.'.length));
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

function claim({ claims }: Principal, name: string): unknown {
  return typeof claims === 'object' && claims !== null && Object.hasOwn(claims, name)
    ? claims[name]
    : undefined;
}

/** Whether a value of an object is the caller's. Drivers hand out 64-bit ids as strings, numbers or bigints: all are read alike. */
export function comparesToCaller(value: unknown, wanted: string | undefined): Verdict {
  if (wanted === undefined) return UNKNOWN;
  if (typeof value === 'string') return value === wanted ? YES : NO;
  if (!Number.isSafeInteger(value) && typeof value !== 'bigint') return UNKNOWN;
  return String(value) === wanted ? YES : NO;
}

/** Whether a value of an object is a constant of a rule: exactly, and of its type. Numbers and bigints are one type. */
export function comparesToConstant(value: unknown, wanted: RuleValue): Verdict {
  if (value === undefined) return UNKNOWN;
  if (wanted === null) return value === null ? YES : NO;
  const kind = kindOf(wanted);
  if (kindOf(value) !== kind) return UNKNOWN;
  if (kind !== 'number') return value === wanted ? YES : NO;
  // `==` between a bigint and a number is exact.
  // oxlint-disable-next-line eqeqeq
  return value == wanted ? YES : NO;
}

function kindOf(value: unknown): string {
  if (typeof value === 'bigint') return 'number';
  return Number.isNaN(value) ? 'nothing' : typeof value;
}

/** The value of a property of a row; {@link NO_ROW} stays what it is. */
export function readRow(row: unknown, property: string): unknown {
  if (row === NO_ROW) return NO_ROW;
  return typeof row === 'object' && row !== null ? (row as Record<string, unknown>)[property] : undefined;
}

/**
 * What a comparison says of the value at the end of a path, or of the values where it leads through lists. `wanted` is handed on, so
 * that no closure is made for each object of a response.
 */
export function atPath<W>(
  row: unknown,
  path: readonly string[],
  index: number,
  compare: (value: unknown, wanted: W) => Verdict,
  wanted: W,
): Verdict {
  if (row === NO_ROW) return NO;
  if (Array.isArray(row)) return atSomePath(row, path, index, compare, wanted);
  if (index === path.length) return compare(row, wanted);
  return atPath(readRow(row, path[index]!), path, index + 1, compare, wanted);
}

// Whether it holds for some row; not for no row.
function atSomePath<W>(
  rows: readonly unknown[],
  path: readonly string[],
  index: number,
  compare: (value: unknown, wanted: W) => Verdict,
  wanted: W,
): Verdict {
  let best: Verdict = NO;
  for (const row of rows) {
    const verdict = atPath(row, path, index, compare, wanted);
    if (verdict === YES) return YES;
    if (verdict > best) best = verdict;
  }
  return best;
}
