import { isPlain } from '../../../core/is-plain.js';
import { kindOf, refuse } from './refusal.js';
import { scalar } from './scalar.js';

/** How deep a JSON column may nest before it is taken for a cycle. */
const MAX_DEPTH = 64;

/**
 * Copies a JSON value whole: what `{ type: () => Object }` lets out. Instances of classes are refused, because their properties
 * are nobody's decision here; a `__proto__` key is dropped.
 *
 * @throws {SecurityDenial} `output.undeclared`
 */
export function jsonCopy(value: unknown, where: string, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return scalar(value, where);
  if (depth === MAX_DEPTH) refuse(where, `nests deeper than ${MAX_DEPTH} levels, or in a cycle`);
  if (Array.isArray(value)) return value.map((item) => jsonCopy(item, where, depth + 1));
  if (!isPlain(value)) {
    return refuse(
      where,
      `holds ${kindOf(value)} that is no plain object; { type: () => Object } copies JSON values only`,
    );
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key !== '__proto__') copy[key] = jsonCopy((value as Record<string, unknown>)[key], where, depth + 1);
  }
  return copy;
}
