/** Whether a part of a query says nothing to the data source, which then reads it as everything. `key`: under which it stands. */
export type SaysNothing = (value: unknown, key: string) => boolean;

/**
 * Checks what the query of an `r.fn` gave. ORMs read nothing as everything: an empty condition, an empty list of them, and one whose
 * value is `undefined`.
 *
 * @param saysNothing what the ORM reads so, besides `undefined`
 * @throws {TypeError} where it is no condition, or a part of it says nothing: the request is then refused (503)
 */
export function checkOwnQuery(
  query: unknown,
  name: string,
  saysNothing: SaysNothing,
): asserts query is object {
  checkCondition(query, `query of r.fn('${name}')`, saysNothing);
}

/**
 * Checks a condition of the application.
 *
 * @param what what gave it, for the message
 * @throws {TypeError} as {@link checkOwnQuery}
 */
export function checkCondition(
  query: unknown,
  what: string,
  saysNothing: SaysNothing,
): asserts query is object {
  if (typeof query !== 'object' || query === null) throw new TypeError(`the ${what} gave no condition`);
  if (hasNothing(query, '', saysNothing))
    throw new TypeError(`the ${what} gave a condition that says nothing in a part of it`);
}

function hasNothing(value: unknown, key: string, saysNothing: SaysNothing): boolean {
  if (value === undefined || saysNothing(value, key)) return true;
  if (Array.isArray(value)) return value.some((one) => hasNothing(one, key, saysNothing));
  return isPlain(value) && Object.entries(value).some(([name, one]) => hasNothing(one, name, saysNothing));
}

/** Whether it is a list without items, or a plain object without properties. */
export function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isPlain(value) && Object.keys(value).length === 0;
}

// Operators, dates and the like are for the ORM to read.
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
