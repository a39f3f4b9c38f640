import type { Denial } from '../../../core/decision.js';
import type { DenialReason } from '../../../core/reason.js';

/** The errors of Express's body parsers (`http-errors` with a `type`) and of Fastify (`code`) that are the client's doing. */
const REASON_OF: Readonly<Record<string, DenialReason>> = {
  'entity.too.large': 'edge.body-too-large',
  'parameters.too.many': 'edge.body-too-large',
  'querystring.parse.rangeError': 'edge.body-malformed',
  'entity.parse.failed': 'edge.body-malformed',
  'request.aborted': 'edge.body-malformed',
  'request.size.invalid': 'edge.body-malformed',
  'charset.unsupported': 'edge.content-type',
  'encoding.unsupported': 'edge.content-encoding',
  FST_ERR_CTP_BODY_TOO_LARGE: 'edge.body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'edge.content-type',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'edge.content-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'edge.body-malformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'edge.body-malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'edge.body-malformed',
  FST_ERR_BAD_URL: 'edge.path',
  // An over-long id is a missing one, as on Express.
  FST_ERR_MAX_PARAM_LENGTH: 'route.unknown',
};

const DENIAL_OF: ReadonlyMap<unknown, Denial> = new Map(
  Object.entries(REASON_OF).map(([key, reason]) => [
    key,
    reason === 'edge.body-too-large' ? { reason, headers: { Connection: 'close' } } : { reason },
  ]),
);

/**
 * The denial that an error of a parser stands for, or `undefined` where the error is nobody's known one. By name from a closed list:
 * the `status` of an arbitrary error says nothing.
 */
export function parserDenial(error: unknown): Denial | undefined {
  if (!(error instanceof Error)) return undefined;
  const { type, code, status } = error as Error & { type?: unknown; code?: unknown; status?: unknown };
  // The routers mark the one URIError that is theirs.
  if (error instanceof URIError && status === 400) return { reason: 'edge.path' };
  return DENIAL_OF.get(code) ?? DENIAL_OF.get(type);
}
