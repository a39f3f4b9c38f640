import { FindOperator, type EntityMetadata } from 'typeorm';
import { isPlain } from '../../core/is-plain.js';
import { checkCondition, isEmpty, isOther } from '../../policy/own-query.js';

/**
 * Checks find options of the application, of which TypeORM reads some parts as every row: nothing, `null` where it is told so, an object that
 * it does not know, a value where a relation stands.
 *
 * @param what what gave them, for the message
 * @throws {TypeError} where they are no condition, or a part of them says nothing
 */
export function checkFindOptions(
  query: unknown,
  what: string,
  metadata: EntityMetadata,
): asserts query is object {
  checkCondition(query, what, saysNothing);
  const alternatives: readonly unknown[] = Array.isArray(query) ? query : [query];
  if (alternatives.some((one) => comparesRelation(one, metadata))) {
    throw new TypeError(
      `the ${what} compares a relation with a value, which says nothing: write a condition on one of its properties`,
    );
  }
}

function saysNothing(value: unknown): boolean {
  return value === null || isEmpty(value) || (isOther(value) && !(value instanceof FindOperator));
}

function comparesRelation(where: unknown, metadata: EntityMetadata): boolean {
  if (!isPlain(where)) return true;
  return Object.entries(where).some(([key, value]: [string, unknown]) => {
    if (value instanceof FindOperator) return false;
    const relation = metadata.relations.find(({ propertyName }) => propertyName === key);
    if (!relation)
      return metadata.embeddeds.some(({ propertyName }) => propertyName === key) && !isPlain(value);
    const alternatives: readonly unknown[] = Array.isArray(value) ? value : [value];
    return alternatives.some((one) => comparesRelation(one, relation.inverseEntityMetadata));
  });
}
