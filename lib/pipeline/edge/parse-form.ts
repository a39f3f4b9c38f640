import { isUtf8 } from 'node:buffer';
import type { Denial } from '../../core/decision.js';

const MAX_FIELDS = 1000;
const MALFORMED: Denial = { reason: 'edge.body-malformed' };
const FORBIDDEN_KEY: Denial = { reason: 'edge.body-forbidden-key' };

/**
 * Parses a form body into a flat object; a repeated field gives an array. Nothing is nested: `a[b]` is the name `a[b]`.
 *
 * @example
 * ```ts
 * parseForm(Buffer.from('a=1&b=2&b=3')); // { value: { a: '1', b: ['2', '3'] } }
 * ```
 */
export function parseForm(bytes: Buffer): { readonly value: unknown } | { readonly denial: Denial } {
  if (!isUtf8(bytes)) return { denial: MALFORMED };
  const text = bytes.toString('utf8');
  const value: Record<string, string | string[]> = {};
  const pairs = text.split('&', MAX_FIELDS + 1);
  if (pairs.length > MAX_FIELDS) return { denial: MALFORMED };
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const content = equals < 0 ? '' : decode(pair.slice(equals + 1));
    if (name === undefined || content === undefined) return { denial: MALFORMED };
    if (name === '__proto__') return { denial: FORBIDDEN_KEY };
    const present = Object.hasOwn(value, name) ? value[name] : undefined;
    if (present === undefined) value[name] = content;
    else if (Array.isArray(present)) present.push(content);
    else value[name] = [present, content];
  }
  return { value };
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    return decoded.includes('\0') ? undefined : decoded;
  } catch {
    return undefined;
  }
}
