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
 * Reads the token from the one `Authorization` header of a request, and from nowhere else: not from the query, not from a cookie, not
 * from a body (RFC 9700 §4.3.2). It takes Node's raw headers, because Node's own view drops a second `Authorization` without a word.
 *
 * @param rawHeaders names and values in turn, as `IncomingMessage.rawHeaders` has them
 */
export function readBearer(
  rawHeaders: readonly string[],
  maxTokenBytes: number,
  denials: TokenDenials,
): Bearer {
  let value: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== HEADER.length || name.toLowerCase() !== HEADER) continue;
    if (value !== undefined) return { denial: denials.of('token.malformed', 'two Authorization headers') };
    value = rawHeaders[i + 1]!;
  }
  if (value === undefined) return { denial: denials.of('token.missing') };
  if (value.length > maxTokenBytes + SCHEME_LENGTH) return { denial: denials.of('token.too-large') };
  const token = BEARER.exec(value)?.[1];
  if (token !== undefined) return { token };
  if (!SCHEME.test(value)) return { denial: denials.of('token.scheme') };
  return { denial: denials.of('token.malformed', 'not one Bearer token after one space') };
}
