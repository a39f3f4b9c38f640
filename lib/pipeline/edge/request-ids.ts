import { randomBytes } from 'node:crypto';

const SAFE_ID = /^[A-Za-z0-9._-]{1,64}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

/** The caller's `X-Request-Id` where its form is safe for logs and headers, else `undefined`. */
export function safeRequestId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && SAFE_ID.test(header) ? header : undefined;
}

/**
 * The trace id of a valid `traceparent`, else a new one: 32 hex digits.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceIdOf(traceparent: string | string[] | undefined): string {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  // Version 00 has exactly four fields.
  const known = match !== null && (match[2] === undefined || !match[0].startsWith('00'));
  return known ? match[1]! : newTraceId();
}

const ID_DIGITS = 32;
const IDS_AT_ONCE = 256;
let drawn = '';
let used = 0;

/** A new trace id: random bytes, as the standard asks, drawn and written out for many ids at once. */
function newTraceId(): string {
  if (used === drawn.length) {
    drawn = randomBytes((IDS_AT_ONCE * ID_DIGITS) / 2).toString('hex');
    used = 0;
  }
  used += ID_DIGITS;
  return drawn.slice(used - ID_DIGITS, used);
}
