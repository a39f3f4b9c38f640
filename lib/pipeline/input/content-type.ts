import type { IncomingHttpHeaders } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';
import { hasBody, isUtf8Text, mediaTypeOf } from '../../kit/http/content.js';

const JSON_TYPE = /^application\/(?:[\w!#$&^.-]+\+)?json$/;

/**
 * Compiles the check that a body is of a declared media type. JSON is UTF-8 (RFC 8259 §8.1): any other charset is refused. A
 * request without a body passes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16
 */
export function contentTypeCheck(types: readonly string[]): (headers: IncomingHttpHeaders) => Decision {
  const accepted: ReadonlySet<string> = new Set(types);
  const denial: Denial = { reason: 'edge.content-type', headers: { Accept: types.join(', ') } };
  return (headers) => {
    if (!hasBody(headers)) return undefined;
    const header = headers['content-type'];
    if (header === undefined) return denial;
    if (accepted.has(header)) return undefined;
    const type = mediaTypeOf(header);
    if (!accepted.has(type)) return denial;
    return isUtf8Text(header) || !JSON_TYPE.test(type) ? undefined : denial;
  };
}
