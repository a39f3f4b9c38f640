import { isUtf8 } from 'node:buffer';
import type { Denial } from '../../core/decision.js';
import { scanJson } from './scan-json.js';

const MALFORMED: Denial = { reason: 'edge.body-malformed' };
const DUPLICATE: Denial = { reason: 'edge.body-malformed', note: 'a key twice in one object' };

/** How deep arrays and objects may nest where the option is left out. `{}` is one level. */
export const DEFAULT_JSON_DEPTH = 32;

/**
 * Parses a JSON body and refuses what parsers disagree on or break at: nesting over `maxDepth` (decided before the parser
 * recurses), `__proto__` keys, a key twice in one object, invalid UTF-8, a byte order mark, NUL and half a surrogate pair.
 * Linear in the length; never throws. An empty body is malformed.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7493 (I-JSON)
 * @example
 * ```ts
 * const parsed = parseJson(Buffer.from('{"a":1}'), { maxDepth: 32 });
 * if ('denial' in parsed) refuse(parsed.denial);
 * ```
 */
export function parseJson(
  bytes: Buffer,
  limits: { readonly maxDepth: number },
): { readonly value: unknown } | { readonly denial: Denial } {
  if (bytes.length === 0 || !isUtf8(bytes)) return { denial: MALFORMED };
  const scan = scanJson(bytes, limits.maxDepth);
  if ('denial' in scan) return scan;
  let value: unknown;
  try {
    // A byte order mark stays in the string here, and `JSON.parse` refuses it.
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return { denial: MALFORMED };
  }
  // The parser keeps one of two equal keys, so what it built has fewer keys than were written.
  return scan.keys === 0 || countKeys(value) === scan.keys ? { value } : { denial: DUPLICATE };
}

/** All keys of a parsed value. It recurses: the depth is already known to be small. */
function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  const object = value as Record<string, unknown>;
  for (const key in object) {
    count++;
    const inner = object[key];
    if (typeof inner === 'object') count += countKeys(inner);
  }
  return count;
}
