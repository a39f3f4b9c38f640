import type { DenialReason } from './reason.js';

/** Who, where and when, on every security event. */
export interface EventContext {
  /** ISO 8601. */
  readonly time: string;
  readonly requestId?: string;
  readonly traceId?: string;
  /** The client's address, validated. */
  readonly address?: string;
  /** `GET`, … */
  readonly method?: string;
  /** The handler, `OrdersController.get`; never the path as typed. */
  readonly route?: string;
  /** The id of a proven principal. */
  readonly principal?: string;
  /** The id of the API key with which they came. */
  readonly apiKey?: string;
}

/**
 * What happened. `sign-in.*` come from the application's login, `session.*` from its sessions, `api-key.*` from `ApiKeyService`, `overload.*` from
 * the event loop, the others from the pipeline.
 */
export type SecurityOccurrence =
  | { readonly type: 'sign-in.succeeded'; readonly principal: string }
  /** Names no user: what was typed may be a password. `account` is an id of a known account, where there is one. */
  | { readonly type: 'sign-in.failed'; readonly account?: string; readonly note?: string }
  /** `principal` is the owner of the key, `apiKey` its id, which is no secret. */
  | {
      readonly type: 'api-key.created' | 'api-key.rotated' | 'api-key.revoked';
      readonly principal: string;
      readonly apiKey: string;
    }
  | {
      readonly type: 'authentication.failed' | 'access.denied' | 'limit.exceeded' | 'request.refused';
      readonly reason: DenialReason;
      readonly status: number;
      readonly note?: string;
    }
  | {
      readonly type: 'input.rejected';
      readonly reason: DenialReason;
      readonly status: number;
      readonly note?: string;
      readonly errors?: readonly string[];
    }
  /** A limit of `mode: 'report'` would have refused the request. */
  | { readonly type: 'limit.reported'; readonly limit: string }
  /** The state store does not answer; and it does again, after so many milliseconds. */
  | { readonly type: 'state.outage' }
  | { readonly type: 'state.recovered'; readonly milliseconds: number }
  /** A refresh token that was just replaced came again and got its successor again; and one that was replaced before, which ended the session. */
  | {
      readonly type: 'session.retried' | 'session.reused';
      readonly principal: string;
      readonly session: string;
    }
  /** `error` is the class and stack of what was thrown, for the log alone. */
  | {
      readonly type: 'server.failed';
      readonly reason: DenialReason;
      readonly status: number;
      readonly error?: string;
    }
  /**
   * Objects of a resource were on their way to a caller whom its rule `read` does not admit: a handler has gone past the guard. `redacted`: they were
   * left out, and the answer went on. `missing` is a path of the rule that was not loaded.
   */
  | {
      readonly type: 'exposure.violation';
      readonly resource: string;
      readonly count: number;
      readonly redacted: boolean;
      readonly missing?: string;
    }
  /** From here on requests are refused as `edge.overloaded`, without an event each. `delay` is that of the event loop, in milliseconds. */
  | { readonly type: 'overload.began'; readonly delay: number }
  /** `refused`: how many requests were, since it began. */
  | { readonly type: 'overload.ended'; readonly refused: number };

/**
 * One security event. Never holds a token, a password, a cookie, a body, or a user name as typed.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html
 * @example
 * ```json
 * { "time": "2026-11-23T10:00:00.000Z", "type": "access.denied", "reason": "access.role", "status": 403,
 *   "requestId": "…", "traceId": "…", "address": "203.0.113.7", "method": "GET", "route": "UsersController.list", "principal": "alice" }
 * ```
 */
export type SecurityEvent = EventContext & SecurityOccurrence;

/** Where security events go. It must not throw and must not wait. */
export interface EventSink {
  write(event: SecurityEvent): void;
}
