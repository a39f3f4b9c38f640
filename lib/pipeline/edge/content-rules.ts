import type { IncomingHttpHeaders } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';

/** The media types that the edge reads itself; every other declared one is left to the application's parser. */
export const JSON_TYPE = 'application/json';
/** Read only where a route declares it with `@Consumes`. */
export const FORM_TYPE = 'application/x-www-form-urlencoded';

const CONTENT_TYPE: Denial = { reason: 'edge.content-type' };
const CHARSET: Denial = { reason: 'edge.content-type', note: 'a charset other than utf-8' };
const CONTENT_ENCODING: Denial = {
  reason: 'edge.content-encoding',
  headers: { 'Accept-Encoding': 'identity' },
};

/** The answer to a body over the limit. The connection is closed, because the rest of the body is still on its way. */
export const TOO_LARGE: Denial = { reason: 'edge.body-too-large', headers: { Connection: 'close' } };

const CHARSET_PARAMETER = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** Whether a request announces a body of at least one byte. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && length !== '0';
}

/** The media type of a `Content-Type`, without its parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

/** Whether the edge reads bodies of this type, and so bounds them. */
export function isReadHere(mediaType: string): boolean {
  return mediaType === JSON_TYPE || mediaType === FORM_TYPE;
}

/**
 * Refuses a body before it is read: a type that no route consumes, a charset other than UTF-8, a content coding, a length over the
 * limit. The bodies that the application's own parser reads (`multipart/form-data`) have the bounds of that parser.
 *
 * @param consumed the types, beside JSON, that routes declare.
 * @param limit in bytes.
 */
export function checkContent(
  headers: IncomingHttpHeaders,
  consumed: ReadonlySet<string>,
  limit: number,
): Decision {
  if (!hasBody(headers)) return undefined;
  const contentType = headers['content-type'];
  if (contentType === undefined) return CONTENT_TYPE;
  const mediaType = mediaTypeOf(contentType);
  if (mediaType !== JSON_TYPE && !consumed.has(mediaType)) return CONTENT_TYPE;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') return CONTENT_ENCODING;
  if (!isReadHere(mediaType)) return undefined;
  const charset = CHARSET_PARAMETER.exec(contentType)?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8' && charset.toLowerCase() !== 'utf8')
    return CHARSET;
  return Number(headers['content-length'] ?? 0) > limit ? TOO_LARGE : undefined;
}
