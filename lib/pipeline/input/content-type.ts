import type { IncomingHttpHeaders } from 'node:http';
import type { Decision, Denial } from '../../core/decision.js';

const JSON_TYPE = /^application\/(?:[\w!#$&^.-]+\+)?json$/;
const CHARSET = /;\s*charset\s*=\s*("?)([^;"\s]*)\1\s*(?:;|$)/i;

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
    const end = header.indexOf(';');
    const type = (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
    if (!accepted.has(type)) return denial;
    const charset = end < 0 || !JSON_TYPE.test(type) ? undefined : CHARSET.exec(header.slice(end))?.[2];
    return charset === undefined || /^utf-?8$/i.test(charset) ? undefined : denial;
  };
}

/** RFC 9112 §6: a request has a body where it says how the body ends. */
function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length'];
  return (length !== undefined && length !== '0') || headers['transfer-encoding'] !== undefined;
}
