import type { Denial } from '../../core/decision.js';
import type { TokenDenials } from './token-denials.js';

// RFC 6750 §2.1: the scheme in any case, one space, b64token to the end.
const BEARER = /^bearer ([A-Za-z0-9\-._~+/]+=*)$/i;
const SCHEME = /^bearer(?![!#$%&'*+\-.^_`|~0-9A-Za-z])/i;
const HEADER = 'authorization';
const SCHEME_LENGTH = 'Bearer '.length;

/** The token that a request carries, or why there is none to look at. */
export type Bearer = { readonly token: string } | { readonly denial: Denial };

/**
 * The one `Authorization` header of a request, as it was sent. It takes Node's raw headers, because Node's own view drops a second
 * `Authorization` without a word.
 *
 * @param rawHeaders names and values in turn, as `IncomingMessage.rawHeaders` has them
 */
export function readAuthorization(
  rawHeaders: readonly string[],
  denials: TokenDenials,
): string | { readonly denial: Denial } {
  let value: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== HEADER.length || name.toLowerCase() !== HEADER) continue;
    if (value !== undefined) return { denial: denials.of('token.malformed', 'two Authorization headers') };
    value = rawHeaders[i + 1]!;
  }
  return value ?? { denial: denials.of('token.missing') };
}

/** What an `Authorization` header has behind `Bearer` and one space, not looked at yet; `undefined` where it begins otherwise. */
export function behindBearer(value: string): string | undefined {
  return value.startsWith('Bearer ') || /^bearer /i.test(value) ? value.slice(SCHEME_LENGTH) : undefined;
}

/**
 * Reads the token from an `Authorization` header, and from nowhere else: not from the query, not from a cookie, not from a body
 * (RFC 9700 §4.3.2).
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function readBearer(value: string, maxTokenBytes: number, denials: TokenDenials): Bearer {
  if (value.length > maxTokenBytes + SCHEME_LENGTH) return { denial: denials.of('token.too-large') };
  const token = BEARER.exec(value)?.[1];
  if (token !== undefined) return { token };
  if (!SCHEME.test(value)) return { denial: denials.of('token.scheme') };
  return { denial: denials.of('token.malformed', 'not one Bearer token after one space') };
}
