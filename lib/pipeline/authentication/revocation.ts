import { systemClock, type Clock } from '../../core/clock.js';
import type { Decision } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { StateAsk } from '../../core/state-ask.js';
import type { Read, StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { outageSince } from '../../kit/state/guarded-store.js';
import { unavailable } from '../../kit/state/state-trip.js';
import type { AuthenticationSettings } from './authentication.options.js';
import { TokenDenials } from './token-denials.js';

const tokenKey = (jti: string): string => `revoked:token:${jti}`;
const subjectKey = (id: string): string => `revoked:subject:${id}`;

/**
 * Takes back access tokens before they expire: one by its `jti`, or all that a subject has been issued so far. Needs
 * `authentication.revocation: true`, and a shared store where there are several instances.
 *
 * @see https://www.rfc-editor.org/rfc/rfc7009
 * @example
 * ```ts
 * @Post('logout') @Authenticated() @Returns(null)
 * async logout(@CurrentUser() user: Principal) { await this.revocation.revokeToken(user); }
 * ```
 */
export class Revocation {
  readonly #denials: TokenDenials;
  // Whom this instance has seen unrevoked: the principals in the cache of verified tokens, and none that it holds no longer.
  readonly #cleared = new WeakSet<Principal>();

  constructor(
    private readonly settings: AuthenticationSettings,
    private readonly store: StateStore,
    /** How long reads go on without an answer of the store, milliseconds. */
    private readonly readsFor: number,
    private readonly clock: Clock = systemClock,
  ) {
    this.#denials = new TokenDenials(settings.realm);
  }

  /** Whether anybody looks at what is revoked. */
  get enabled(): boolean {
    return this.settings.revocation;
  }

  /**
   * Takes back the token with which a request came.
   *
   * @throws {TypeError} for a token without `jti`: revoke its subject. Rejects where the store does not answer: then it is not revoked.
   */
  async revokeToken({ claims }: Principal): Promise<void> {
    const { jti, exp } = claims as { jti?: unknown; exp: number };
    if (typeof jti !== 'string') throw new TypeError('The token has no jti: revoke its subject.');
    const ttl = exp * 1000 - this.clock() + this.#tolerance;
    if (ttl > 0) await this.#put(tokenKey(jti), '', ttl);
  }

  /**
   * Takes back every token that a subject was issued until now. `iat` is in whole seconds: one that is issued in the very second of
   * this call counts as issued before it.
   *
   * @throws rejects where the store does not answer: then nothing is revoked.
   */
  async revokeSubject(id: string): Promise<void> {
    const second = Math.floor(this.clock() / 1000);
    // Every token of that second is gone by then.
    await this.#put(subjectKey(id), String(second), (this.settings.maxTtl + 1) * 1000 + this.#tolerance);
  }

  /** What a request has to ask before its token counts. `changes`: whether its method may change something. */
  askFor(principal: Principal, changes: boolean): StateAsk {
    const { jti } = principal.claims;
    const subject: Read = { op: 'read', key: subjectKey(principal.id) };
    const ops = typeof jti === 'string' ? [subject, { op: 'read', key: tokenKey(jti) } as const] : [subject];
    return {
      ops,
      settle: (results) => this.#settle(principal, results),
      outage: (error) => (!changes && this.#goesOn(principal) ? undefined : unavailable(error)),
    };
  }

  #settle(principal: Principal, [subject, token]: readonly StateResult[]): Decision {
    const issued = principal.claims['iat'] as number;
    // Anything that is there and is no number later than the token revokes it.
    const isRevoked = token !== undefined || (subject !== undefined && !(issued > Number(subject)));
    if (isRevoked) {
      this.#cleared.delete(principal);
      return this.#denials.of('token.revoked');
    }
    this.#cleared.add(principal);
    return undefined;
  }

  #goesOn(principal: Principal): boolean {
    if (!this.#cleared.has(principal)) return false;
    const since = outageSince(this.store);
    return this.readsFor > 0 && (since === undefined || this.clock() - since <= this.readsFor);
  }

  async #put(key: string, value: string, ttl: number): Promise<void> {
    if (!this.enabled) {
      throw new TypeError('Nobody looks at what is revoked: set authentication.revocation to true.');
    }
    const op: StateOp = { op: 'put', key, value, ttl };
    await this.store.run([op]);
  }

  get #tolerance(): number {
    return this.settings.clockTolerance * 1000;
  }
}
