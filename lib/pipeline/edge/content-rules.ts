import type { IncomingHttpHeaders } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';
import { hasBody, isUtf8Text, mediaTypeOf } from '../../kit/http/content.js';
import { limitOf, type BodyLimits } from './body-limits.js';

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

/** A chunked body that we do not read ourselves: nobody would count it. */
const NO_LENGTH: Denial = { reason: 'edge.body-length', headers: { Connection: 'close' } };

/** The answer to a body over the limit. The connection is closed, because the rest of the body is still on its way. */
export const TOO_LARGE: Denial = { reason: 'edge.body-too-large', headers: { Connection: 'close' } };

/**
 * Refuses a body before it is read: a type that no route consumes, a charset other than UTF-8, a content coding, a length over the
 * limit of its type, and no length at all where the application's own parser would read it (`multipart/form-data`).
 *
 * @param consumed the types, beside JSON, that routes declare.
 */
export function checkContent(
  headers: IncomingHttpHeaders,
  consumed: ReadonlySet<string>,
  limits: BodyLimits,
): Decision {
  if (!hasBody(headers)) return undefined;
  const contentType = headers['content-type'];
  if (contentType === undefined) return CONTENT_TYPE;
  const mediaType = mediaTypeOf(contentType);
  if (mediaType !== JSON_TYPE && !consumed.has(mediaType)) return CONTENT_TYPE;
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') return CONTENT_ENCODING;
  const length = headers['content-length'];
  if (mediaType === JSON_TYPE || mediaType === FORM_TYPE) {
    if (!isUtf8Text(contentType)) return CHARSET;
  } else if (length === undefined) {
    return NO_LENGTH;
  }
  return Number(length ?? 0) > limitOf(limits, mediaType) ? TOO_LARGE : undefined;
}
