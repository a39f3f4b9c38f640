import { parseJson } from '../../kit/json/parse-json.js';

/** A JSON object whose keys are not yet known to be right. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 16;

/** The parts of a JWS in compact form (RFC 7515 §7.1). */
export interface TokenParts {
  /** As it was sent, not looked at. */
  readonly header: string;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** What the signature is over: header and payload as they were sent. */
  readonly signed: string;
}

/**
 * Takes a token apart: three parts, payload and signature not empty and each in canonical base64url. Anything else is `undefined`. Engines
 * disagree on padding, white space and spare bits, so that one token could be written in many ways.
 */
export function takeApart(token: string): TokenParts | undefined {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (second === -1) return undefined;
  const payload = decode(token.slice(first + 1, second));
  // A third dot is in here, and no base64url.
  const signature = decode(token.slice(second + 1));
  if (!payload || !signature) return undefined;
  return { header: token.slice(0, first), payload, signature, signed: token.slice(0, second) };
}

/** The header of a token: one strict JSON object in canonical base64url. Anything else is `undefined`. */
export function parseHeader(header: string): JsonObject | undefined {
  const bytes = decode(header);
  return bytes && parseObject(bytes);
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
