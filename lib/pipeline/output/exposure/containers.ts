import { isPlain } from '../../../core/is-plain.js';
import type { Encode, Walk } from './encoder.js';
import { REDACTED } from './read-check.js';
import { kindOf, refuse } from './refusal.js';
import type { Container } from './slot.js';

/** How deep arrays may stand in arrays. */
const MAX_NESTED_LISTS = 8;

/**
 * Lets a value come in the declared forms only: an array where one object is declared is refused, and the other way round.
 * Sets become arrays, Maps become objects. `undefined` and `null` pass.
 *
 * @throws {SecurityDenial} `output.undeclared`
 */
export function contained(container: Container, element: Encode, where: string): Encode {
  const { one, list, map } = container;
  const encodeList = listOf(element, where, MAX_NESTED_LISTS);
  const encodeMap = mapOf((value, walk, owned) =>
    isList(value) ? encodeList(value, walk, owned) : element(value, walk, owned),
  );
  if (one && !list && !map) return element;
  return (value, walk, owned) => {
    if (value === undefined || value === null) return value;
    if (list && isList(value)) return encodeList(value, walk, owned);
    if (map && (value instanceof Map || isPlain(value))) return encodeMap(value, walk, owned);
    if (one) return element(value, walk, owned);
    return refuse(where, `is ${kindOf(value)}, where ${list ? 'an array or a Set' : 'a Map'} is declared`);
  };
}

/** A list of elements, in which lists may nest `nested` levels deep. */
export function listOf(element: Encode, where: string, nested: number): Encode {
  const encode = (value: List, walk: Walk, owned: boolean, level: number): unknown => {
    if (level < 0) return refuse(where, 'holds an array inside of an array, deeper than declared');
    // A copy has its size at once, where a list that is pushed to is copied as it grows. Each of its items is replaced.
    const out: unknown[] = [...value];
    for (let i = 0; i < out.length; i++) {
      const item = out[i];
      out[i] = isList(item) ? encode(item, walk, owned, level - 1) : element(item, walk, owned);
    }
    return walk.redacted ? out.filter((item) => item !== REDACTED) : out;
  };
  return (value, walk, owned) => {
    if (value === undefined || value === null) return value;
    if (!isList(value)) return refuse(where, `is ${kindOf(value)}, where an array is declared`);
    return encode(value, walk, owned, nested);
  };
}

function mapOf(element: Encode): Encode {
  return (value, walk, owned) => {
    const out: Record<string, unknown> = {};
    for (const [key, item] of value instanceof Map ? value : Object.entries(value as object)) {
      // An object key would be written as its toString, whatever that says.
      if ((typeof key === 'string' || typeof key === 'number') && key !== '__proto__') {
        const written = element(item, walk, owned);
        if (written !== REDACTED) out[key] = written;
      }
    }
    return out;
  };
}

type List = readonly unknown[] | ReadonlySet<unknown>;

function isList(value: unknown): value is List {
  return Array.isArray(value) || value instanceof Set;
}
