import type { IncomingHttpHeaders } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';

/** The methods that are let in. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** The longest query string, in characters, and the most parameters in one. */
const MAX_QUERY = 8192;
const MAX_PARAMETERS = 256;

const ALLOWED_METHODS: ReadonlySet<string> = new Set(METHODS);
const NO_VERSION: Denial = { reason: 'http.malformed', note: 'no HTTP version' };
const METHOD: Denial = { reason: 'edge.method', headers: { Allow: METHODS.join(', ') } };

const badPath = (note: string): Denial => ({ reason: 'edge.path', note });
const NOT_ORIGIN_FORM = badPath('not a path that starts with one slash');
const BAD_PATH_CHARACTER = badPath('backslash, number sign, control or non-ASCII character');
const BAD_PATH_ENCODING = badPath('invalid percent-encoding');
const ENCODED_DELIMITER = badPath('encoded slash, backslash or control character');
const EMPTY_SEGMENT = badPath('empty segment');
const DOT_SEGMENT = badPath('dot segment');

const badQuery = (note: string): Denial => ({ reason: 'edge.query', note });
const LONG_QUERY = badQuery('too long');
const MANY_PARAMETERS = badQuery('too many parameters');
const BAD_QUERY_CHARACTER = badQuery('control, non-ASCII or number sign');
const BAD_QUERY_ENCODING = badQuery('invalid percent-encoding or NUL');

const badHeader = (note: string): Denial => ({ reason: 'edge.header', note });
const METHOD_OVERRIDE = badHeader('method override');
const TWO_LENGTHS = badHeader('Transfer-Encoding with Content-Length');
const BAD_TRANSFER_ENCODING = badHeader('a transfer encoding other than chunked');
const HEADER_CONTROL = badHeader('control character');
const REPEATED_HEADER = badHeader('repeated header');

// ASCII without controls; a fragment never travels, and where one does, routers disagree on where the path ends.
const PATH_CHARACTERS = /^[!"$-[\]-~]+$/;
const QUERY_CHARACTERS = /^[!"$-~]*$/;
const ENCODED = /%(?:2f|5c|0[0-9a-f]|1[0-9a-f]|7f)/i;
const DOTS = /\/(?:\.|%2e){1,2}(?:\/|$)/i;
// The whole value in one run, which takes half the time of a search for the character: a token is long.
// oxlint-disable-next-line no-control-regex
const NO_CONTROL = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;
/** Node keeps the first of these and drops the rest; another hop may keep the last. */
const SINGLE = ['host', 'authorization', 'content-type', 'content-length', 'content-encoding', 'origin'];
/** Which of {@link SINGLE} have a length: most headers have none of these, and need no further look. */
const SINGLE_BY_LENGTH = SINGLE.reduce<number[][]>((byLength, { length }, index) => {
  (byLength[length] ??= []).push(index);
  return byLength;
}, []);

/**
 * Refuses a request line without a version, which Node's parser takes for HTTP/0.9, headers, body and all.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3
 */
export function checkVersion(major: number): Decision {
  return major === 0 ? NO_VERSION : undefined;
}

/** Refuses methods outside {@link METHODS}. */
export function checkMethod(method: string): Decision {
  return ALLOWED_METHODS.has(method) ? undefined : METHOD;
}

/**
 * Refuses paths on which two readers may disagree: encoded delimiters, empty and dot segments, backslashes, bad encodings.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-6
 */
export function checkPath(path: string): Decision {
  if (path[0] !== '/') return NOT_ORIGIN_FORM;
  if (!PATH_CHARACTERS.test(path)) return BAD_PATH_CHARACTER;
  if (path.includes('//')) return EMPTY_SEGMENT;
  if (path.includes('%')) {
    if (ENCODED.test(path)) return ENCODED_DELIMITER;
    if (!isDecodable(path)) return BAD_PATH_ENCODING;
  }
  return DOTS.test(path) ? DOT_SEGMENT : undefined;
}

/** Refuses queries that are too long, have too many parameters, hold raw controls, bad percent-encoding, or a NUL. */
export function checkQuery(query: string): Decision {
  if (query.length > MAX_QUERY) return LONG_QUERY;
  if (!QUERY_CHARACTERS.test(query)) return BAD_QUERY_CHARACTER;
  if (query.includes('%') && (query.includes('%00') || !isDecodable(query))) return BAD_QUERY_ENCODING;
  let parameters = 1;
  for (let at = query.indexOf('&'); at >= 0; at = query.indexOf('&', at + 1)) parameters++;
  return parameters > MAX_PARAMETERS ? MANY_PARAMETERS : undefined;
}

/**
 * Refuses headers that hide another request: method overrides, two body lengths, repeated single headers, control characters.
 *
 * @param rawHeaders names and values in turn, as they came.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-6.1
 */
export function checkHeaders(headers: IncomingHttpHeaders, rawHeaders: readonly string[]): Decision {
  if (
    headers['x-http-method-override'] !== undefined ||
    headers['x-http-method'] !== undefined ||
    headers['x-method-override'] !== undefined
  ) {
    return METHOD_OVERRIDE;
  }
  const transfer = headers['transfer-encoding'];
  if (transfer !== undefined) {
    if (headers['content-length'] !== undefined) return TWO_LENGTHS;
    if (transfer.toLowerCase() !== 'chunked') return BAD_TRANSFER_ENCODING;
  }
  let seen = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!NO_CONTROL.test(rawHeaders[i + 1]!)) return HEADER_CONTROL;
    const bit = singleBit(rawHeaders[i]!);
    if ((seen & bit) !== 0) return REPEATED_HEADER;
    seen |= bit;
  }
  return undefined;
}

/** A bit of its own for each of {@link SINGLE}, 0 for every other name. */
function singleBit(name: string): number {
  const alike = SINGLE_BY_LENGTH[name.length];
  if (alike === undefined) return 0;
  const lower = name.toLowerCase();
  for (const index of alike) if (SINGLE[index] === lower) return 1 << index;
  return 0;
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
