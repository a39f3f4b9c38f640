import { And, Equal, FindOperator, IsNull } from 'typeorm';

/** One condition as TypeORM takes it. */
export type Condition = Readonly<Record<string, unknown>>;

/**
 * Both conditions at once. Where they speak of one property both hold: nothing that is added can replace what is there.
 *
 * @throws {TypeError} for a value that is `undefined`, which would mean nothing to TypeORM, or everything
 */
export function both(condition: Condition, more: Condition): Condition {
  const merged: Record<string, unknown> = { ...condition };
  for (const key of Object.keys(more)) {
    const added = more[key];
    if (added === undefined) throw new TypeError(`The condition for ${key} is undefined.`);
    merged[key] = Object.hasOwn(condition, key) ? joined(condition[key], added) : added;
  }
  return merged;
}

/** Every condition of a list, of which one must hold, together with one of the others. */
export function eachWith(conditions: readonly Condition[], others: readonly Condition[]): Condition[] {
  return conditions.flatMap((condition) => others.map((other) => both(condition, other)));
}

function joined(present: unknown, added: unknown): unknown {
  if (isNested(present) && isNested(added)) return both(present, added);
  if (isNested(present) || isNested(added)) {
    throw new TypeError(
      'A relation cannot be compared with a value: write a condition on one of its properties.',
    );
  }
  return And(operator(present), operator(added));
}

function isNested(value: unknown): value is Condition {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof FindOperator) &&
    !(value instanceof Date)
  );
}

function operator(value: unknown): FindOperator<unknown> {
  if (value instanceof FindOperator) return value as FindOperator<unknown>;
  return value === null ? IsNull() : Equal(value);
}
