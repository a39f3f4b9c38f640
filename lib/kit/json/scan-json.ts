import type { Denial } from '../../core/decision.js';

const TOO_DEEP: Denial = { reason: 'edge.body-too-deep' };
const FORBIDDEN_KEY: Denial = { reason: 'edge.body-forbidden-key' };
const BAD_ESCAPE: Denial = { reason: 'edge.body-malformed', note: 'a NUL or half a surrogate pair' };

const [QUOTE, BACKSLASH, COLON, LOWER_U] = [0x22, 0x5c, 0x3a, 0x75];
const PROTO = Buffer.from('__proto__');

/** What one pass over the bytes found. */
export type JsonScan = { readonly denial: Denial } | { readonly keys: number };

/**
 * One pass over JSON bytes, before anything is built from them: nesting depth, `__proto__` keys (escaped ones too), NUL and half
 * surrogate pairs in escapes. Gives the number of keys written. It does not check the grammar: `JSON.parse` does.
 */
export function scanJson(bytes: Uint8Array, maxDepth: number): JsonScan {
  const length = bytes.length;
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      const start = i + 1;
      let escaped = false;
      for (i = start; i < length; i++) {
        const inner = bytes[i]!;
        if (inner === QUOTE) break;
        if (inner !== BACKSLASH) continue;
        escaped = true;
        i++;
        if (bytes[i] !== LOWER_U) continue;
        const unit = hex4(bytes, i + 1);
        if (unit === 0) return { denial: BAD_ESCAPE };
        if (unit >= 0xd800 && unit <= 0xdfff) {
          if (!isPair(bytes, i, unit)) return { denial: BAD_ESCAPE };
          i += 6;
        }
      }
      if (i - start >= PROTO.length && isProto(bytes, start, i, escaped) && isKey(bytes, i + 1)) {
        return { denial: FORBIDDEN_KEY };
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > maxDepth) return { denial: TOO_DEEP };
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    } else if (byte === COLON) {
      keys++;
    }
  }
  return { keys };
}

function isPair(bytes: Uint8Array, at: number, unit: number): boolean {
  if (unit >= 0xdc00 || bytes[at + 5] !== BACKSLASH || bytes[at + 6] !== LOWER_U) return false;
  const low = hex4(bytes, at + 7);
  return low >= 0xdc00 && low <= 0xdfff;
}

/** The four hex digits of an escape, or -1: the parser will refuse it. */
function hex4(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i] ?? 0;
    const lower = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) value = value * 16 + byte - 0x30;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return -1;
  }
  return value;
}

function isProto(bytes: Uint8Array, start: number, end: number, escaped: boolean): boolean {
  if (!escaped && end - start !== PROTO.length) return false;
  let at = start;
  for (const expected of PROTO) {
    if (bytes[at] === expected) at++;
    else if (bytes[at] === BACKSLASH && bytes[at + 1] === LOWER_U && hex4(bytes, at + 2) === expected)
      at += 6;
    else return false;
  }
  return at === end;
}

function isKey(bytes: Uint8Array, at: number): boolean {
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return bytes[at] === COLON;
}
