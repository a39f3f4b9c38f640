import type { ProblemKind } from './problem.js';

/** What a reason becomes on the wire: the HTTP status and the public kind of problem. */
export interface ReasonAnswer {
  readonly status: number;
  readonly problem: ProblemKind;
}

const answer = (status: number, problem: ProblemKind): ReasonAnswer => ({ status, problem });

/**
 * Every reason for which a request is refused, in the order in which a request meets them. The security log names the
 * reason; the client sees only the status and the kind of problem. `docs/reasons.md` explains each one.
 */
export const REASONS = {
  'http.malformed': answer(400, 'malformed-request'),
  'http.headers-too-large': answer(431, 'headers-too-large'),
  'http.expectation': answer(417, 'expectation-failed'),
  'http.timeout': answer(408, 'timeout'),

  'edge.overloaded': answer(503, 'unavailable'),
  'edge.method': answer(405, 'method-not-allowed'),
  'edge.path': answer(400, 'malformed-request'),
  'edge.header': answer(400, 'malformed-request'),
  'edge.host': answer(400, 'malformed-request'),
  'edge.https': answer(403, 'forbidden'),
  'edge.origin': answer(403, 'forbidden'),
  'edge.query': answer(400, 'malformed-request'),
  'edge.content-type': answer(415, 'unsupported-media-type'),
  'edge.content-encoding': answer(415, 'unsupported-media-type'),
  'edge.body-length': answer(411, 'length-required'),
  'edge.body-too-large': answer(413, 'payload-too-large'),
  'edge.body-malformed': answer(400, 'malformed-request'),
  'edge.body-too-deep': answer(400, 'malformed-request'),
  'edge.body-forbidden-key': answer(400, 'malformed-request'),

  'route.unknown': answer(404, 'not-found'),

  'limit.exceeded': answer(429, 'rate-limited'),
  'limit.concurrency': answer(429, 'rate-limited'),
  'limit.locked': answer(429, 'rate-limited'),
  'limit.api-keys': answer(409, 'conflict'),
  'state.unavailable': answer(503, 'unavailable'),

  'credential.several': answer(400, 'malformed-request'),
  'credential.method': answer(401, 'unauthenticated'),
  'token.missing': answer(401, 'unauthenticated'),
  'token.scheme': answer(401, 'unauthenticated'),
  'token.malformed': answer(401, 'unauthenticated'),
  'token.too-large': answer(401, 'unauthenticated'),
  'token.header': answer(401, 'unauthenticated'),
  'token.algorithm': answer(401, 'unauthenticated'),
  'token.type': answer(401, 'unauthenticated'),
  'token.key-unknown': answer(401, 'unauthenticated'),
  'token.signature': answer(401, 'unauthenticated'),
  'token.issuer': answer(401, 'unauthenticated'),
  'token.audience': answer(401, 'unauthenticated'),
  'token.expired': answer(401, 'unauthenticated'),
  'token.not-yet-valid': answer(401, 'unauthenticated'),
  'token.lifetime': answer(401, 'unauthenticated'),
  'token.claims': answer(401, 'unauthenticated'),
  'token.revoked': answer(401, 'unauthenticated'),
  'token.inactive': answer(401, 'unauthenticated'),
  'token.binding': answer(401, 'unauthenticated'),
  'token.proof': answer(401, 'unauthenticated'),
  'token.proof-replayed': answer(401, 'unauthenticated'),
  'token.nonce': answer(401, 'unauthenticated'),
  'token.step-up': answer(401, 'unauthenticated'),
  'token.keys-unavailable': answer(503, 'unavailable'),
  'token.introspection-unavailable': answer(503, 'unavailable'),

  'api-key.malformed': answer(401, 'unauthenticated'),
  'api-key.unknown': answer(401, 'unauthenticated'),
  'api-key.secret': answer(401, 'unauthenticated'),
  'api-key.revoked': answer(401, 'unauthenticated'),
  'api-key.expired': answer(401, 'unauthenticated'),
  'api-key.rotated': answer(401, 'unauthenticated'),
  'api-key.unavailable': answer(503, 'unavailable'),

  'csrf.origin': answer(403, 'forbidden'),
  'csrf.token': answer(403, 'forbidden'),

  'access.undeclared': answer(403, 'forbidden'),
  'access.role': answer(403, 'forbidden'),
  'access.scope': answer(403, 'forbidden'),
  'access.id': answer(404, 'not-found'),
  'access.missing': answer(404, 'not-found'),
  'access.hidden': answer(404, 'not-found'),
  'access.foreign': answer(403, 'forbidden'),
  'access.action': answer(403, 'forbidden'),
  'access.rule-unavailable': answer(503, 'unavailable'),
  'access.policy': answer(403, 'forbidden'),
  'access.policy-hidden': answer(404, 'not-found'),
  'access.policy-unavailable': answer(503, 'unavailable'),
  'access.property': answer(403, 'forbidden'),
  'access.reference': answer(400, 'invalid-input'),
  'access.changed': answer(409, 'conflict'),
  'access.loader': answer(503, 'unavailable'),

  'input.invalid': answer(400, 'invalid-input'),

  'password.busy': answer(503, 'unavailable'),
  'password.unavailable': answer(503, 'unavailable'),

  'session.invalid': answer(401, 'unauthenticated'),
  'session.reused': answer(401, 'unauthenticated'),
  'session.ended': answer(401, 'unauthenticated'),
  'session.retries': answer(429, 'rate-limited'),

  /** The application's own code threw an `HttpException` of status 401 or 403. */
  'app.refused': answer(403, 'forbidden'),

  'server.deadline': answer(503, 'unavailable'),
  'output.undeclared': answer(500, 'internal-error'),
  'output.unreadable': answer(500, 'internal-error'),
  'server.error': answer(500, 'internal-error'),
} as const satisfies Record<string, ReasonAnswer>;

/** One reason of the closed union {@link REASONS}. */
export type DenialReason = keyof typeof REASONS;
