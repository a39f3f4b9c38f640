/**
 * Checks what the query of an `r.fn` gave. ORMs read nothing as everything: an empty list of conditions, and a condition whose value
 * is `undefined`.
 *
 * @throws {TypeError} where it is no condition, or has an `undefined` in it: the request is then refused (503)
 */
export function checkOwnQuery(query: unknown, name: string): asserts query is object {
  if (typeof query !== 'object' || query === null || (Array.isArray(query) && query.length === 0)) {
    throw new TypeError(`the query of r.fn('${name}') gave no condition`);
  }
  if (hasUndefined(query))
    throw new TypeError(`the query of r.fn('${name}') gave a condition with undefined`);
}

function hasUndefined(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasUndefined);
  if (typeof value !== 'object' || value === null) return value === undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Operators, dates and the like are for the ORM to read.
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).some(hasUndefined);
}
