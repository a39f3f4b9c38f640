import { isPlain } from '../core/is-plain.js';

/** Whether a part of a query says nothing to the data source, which then reads it as everything. `key`: under which it stands. */
export type SaysNothing = (value: unknown, key: string) => boolean;

/**
 * Checks a condition of the application: what the query of an `r.fn` gave, or the `where` of a page. ORMs read nothing as everything: an empty
 * condition, an empty list of them, one whose value is `undefined`, an object without properties of its own.
 *
 * @param what what gave it, for the message
 * @param saysNothing what the ORM reads so, besides `undefined`
 * @throws {TypeError} where it is no condition, or a part of it says nothing: the request is then refused (503)
 */
export function checkCondition(
  query: unknown,
  what: string,
  saysNothing: SaysNothing,
): asserts query is object {
  // A Promise, a Map, an instance with getters: an ORM finds no property in them.
  if (!Array.isArray(query) && !isPlain(query)) throw new TypeError(`the ${what} gave no condition`);
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

/** Whether it is an object that no ORM reads as a value: no list, no plain object, no date and no bytes. Its operators are for the ORM to know. */
export function isOther(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return false;
  return !Array.isArray(value) && !isPlain(value);
}
