import { IsNull } from 'typeorm';
import type { AskedCondition, Holds } from '../../policy/row-condition.js';

/** A condition as TypeORM takes it, before it is known of which entity. */
export type PlainWhere = Record<string, unknown>;

const MOST_ALTERNATIVES = 16;

/**
 * A condition on the columns of the entity itself as find options: alternatives of values. `undefined` where it cannot be written so:
 * it asks for related rows, uses `not`, or has more than 16 alternatives.
 */
export function plainCondition(asked: AskedCondition): readonly PlainWhere[] | undefined {
  return alternativesOf(asked)?.flatMap((alternative) => {
    const where = whereOf(alternative);
    return where ? [where] : [];
  });
}

type Alternative = readonly Holds[];

function alternativesOf(asked: AskedCondition): readonly Alternative[] | undefined {
  if (asked.kind === 'holds') return [[asked]];
  if (asked.kind !== 'and' && asked.kind !== 'or') return undefined;
  let alternatives: readonly Alternative[] = asked.kind === 'and' ? [[]] : [];
  for (const one of asked.of) {
    const more = alternativesOf(one);
    if (!more) return undefined;
    alternatives =
      asked.kind === 'or'
        ? [...alternatives, ...more]
        : alternatives.flatMap((left) => more.map((right) => [...left, ...right]));
    if (alternatives.length > MOST_ALTERNATIVES) return undefined;
  }
  return alternatives;
}

// `undefined` where two conditions contradict each other.
function whereOf(alternative: Alternative): PlainWhere | undefined {
  const values = new Map<string, Holds>();
  for (const holds of alternative) {
    const key = holds.path.join('.');
    const present = values.get(key);
    if (present && present.value !== holds.value) return undefined;
    values.set(key, holds);
  }
  const where: PlainWhere = {};
  for (const { path, value } of values.values()) put(where, path, value === null ? IsNull() : value);
  return where;
}

/** Sets the value of a nested property. */
export function put(where: PlainWhere, path: readonly string[], value: unknown): PlainWhere {
  let branch = where;
  for (const step of path.slice(0, -1)) branch = (branch[step] ??= {}) as PlainWhere;
  branch[path.at(-1)!] = value;
  return where;
}
