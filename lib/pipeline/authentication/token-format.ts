import { parseJson } from '../../kit/json/parse-json.js';

/** A JSON object whose keys are not yet known to be right. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 16;

/** The three parts of a JWS in compact form, decoded (RFC 7515 §7.1). */
export interface TokenParts {
  readonly header: JsonObject;
  readonly payload: Buffer;
}

/**
 * Takes a token apart: three non-empty parts, each in canonical base64url, the header one strict JSON object. Anything else is
 * `undefined`. Engines disagree on padding, white space and spare bits, so that one token could be written in many ways.
 */
export function takeApart(token: string): TokenParts | undefined {
  const parts = token.split('.', 4);
  if (parts.length !== 3) return undefined;
  const [header, payload, signature] = parts.map(decode);
  if (!header || !payload || !signature) return undefined;
  const parsed = parseObject(header);
  return parsed && { header: parsed, payload };
}

/** One JSON object as RFC 7493 wants it: UTF-8, no key twice, no `__proto__`, not deep. Anything else is `undefined`. */
export function parseObject(bytes: Buffer): JsonObject | undefined {
  const parsed = parseJson(bytes, { maxDepth: MAX_DEPTH });
  if (!('value' in parsed)) return undefined;
  const { value } = parsed;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.toString('base64url') === part ? bytes : undefined;
}
