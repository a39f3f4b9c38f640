import { systemClock, type Clock } from '../../core/clock.js';
import type { Decision } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { SecurityDenial } from '../../core/security-denial.js';
import type { StateAsk } from '../../core/state-ask.js';
import type { Read, StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { unavailable } from '../../kit/state/state-trip.js';
import type { AuthenticationSettings } from './authentication.options.js';
import { ownIssuers } from './own-issuers.js';
import { TokenDenials } from './token-denials.js';

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
  // By principal, and so no longer than the cache of verified tokens holds one.
  // When the store was last asked and said that it is not revoked, ms since the epoch.
  readonly #cleared = new WeakMap<Principal, number>();
  readonly #revoked = new WeakSet<Principal>();
  /** What is before a subject and is not in the id of a principal: an issuer that gets company keeps what was revoked. */
  readonly #issuer: string;
  /** The issuer that is this application: its tokens alone name sessions that can be ended here. */
  readonly #own: string | undefined;
  /** What its principals' ids begin with. */
  readonly #ownPrefix: string;

  constructor(
    private readonly settings: AuthenticationSettings,
    private readonly store: StateStore,
    /** How long reads go on after the last answer of the store, milliseconds. */
    private readonly readsFor: number,
    private readonly clock: Clock = systemClock,
  ) {
    this.#denials = new TokenDenials(settings.realm);
    const own = ownIssuers(settings.issuers)[0]?.issuer;
    this.#own = own?.issuer;
    this.#ownPrefix = own?.idPrefix ?? '';
    const { issuer, idPrefix } = settings.issuers[0];
    this.#issuer = idPrefix === '' ? `${issuer}|` : '';
  }

  /** Whether anybody looks at what is revoked. */
  get enabled(): boolean {
    return this.settings.revocation;
  }

  /**
   * Takes back the token with which a request came.
   *
   * @throws {TypeError} for a token without `jti` (revoke its subject), and without `authentication.revocation`
   * @throws {SecurityDenial} `state.unavailable` (503) where the store does not answer: it may or may not be revoked, try again
   */
  async revokeToken({ claims }: Principal): Promise<void> {
    const { jti, exp } = claims as { jti?: unknown; exp: number };
    if (typeof jti !== 'string') throw new TypeError('The token has no jti: revoke its subject.');
    const ttl = exp * 1000 - this.clock() + this.#tolerance;
    if (ttl > 0) await this.#put(tokenKey(claims, jti), '', ttl);
  }

  /**
   * Takes back every token that a principal (by its `id`) was issued until now, by the second of its `iat`: one that is issued in the very second of
   * this call counts as issued before it. The clock of an issuer that is ahead makes a token that is issued later.
   *
   * @throws {TypeError} without `authentication.revocation`, and where there are several issuers for an id that begins with none of them
   * @throws {SecurityDenial} `state.unavailable` (503) where the store does not answer: they may or may not be revoked, try again
   */
  async revokeSubject(id: string): Promise<void> {
    // Kept all the same, it would be found by nobody: an account's own id does so the day that a second issuer comes.
    if (!this.settings.issuers.some(({ idPrefix }) => id.startsWith(idPrefix)))
      throw new TypeError('The id of a principal begins with its issuer and |, where there are several.');
    const second = Math.floor(this.clock() / 1000);
    // Every token of that second is gone by then.
    await this.#put(this.#subjectKey(id), String(second), (this.#longestTtl + 1) * 1000 + this.#tolerance);
  }

  /**
   * What takes back every access token of a session of this application (`sid`), along with whatever else the batch does; nothing where nobody
   * looks. None is issued afterwards: `SessionService` ends the session itself.
   */
  opsToEndSession(session: string): readonly StateOp[] {
    const ttl = (this.#longestTtl + 1) * 1000 + this.#tolerance;
    return this.enabled ? [{ op: 'put', key: sessionKey(session), value: '', ttl }] : [];
  }

  /**
   * What says the second until which every token of an account of this application is taken back, {@link revokeSubject}: the next one has to be
   * of a later second. Nothing where nobody looks.
   */
  opsBeforeIssuing(account: string): readonly Read[] {
    return this.enabled ? [{ op: 'read', key: this.#subjectKey(this.#ownPrefix + account) }] : [];
  }

  /** The refusal of a token that this instance has seen revoked, without a trip: it is never given back. */
  recall(principal: Principal): Decision {
    return this.#revoked.has(principal) ? this.#denials.of('token.revoked') : undefined;
  }

  /** What a request has to ask before its token counts. `changes`: whether its method may change something. */
  askFor(principal: Principal, changes: boolean): StateAsk {
    const { iss, jti, sid } = principal.claims;
    const asked = this.clock();
    const ops: Read[] = [{ op: 'read', key: this.#subjectKey(principal.id) }];
    if (typeof jti === 'string') ops.push({ op: 'read', key: tokenKey(principal.claims, jti) });
    if (typeof sid === 'string' && iss === this.#own) ops.push({ op: 'read', key: sessionKey(sid) });
    return {
      ops,
      settle: (results) => this.#settle(principal, asked, results),
      outage: (error) =>
        this.recall(principal) ?? (!changes && this.#goesOn(principal) ? undefined : unavailable(error)),
    };
  }

  #settle(principal: Principal, asked: number, [subject, ...ended]: readonly StateResult[]): Decision {
    // RFC 7519 §2 allows fractions, and what is compared is the second.
    const issued = Math.floor(principal.claims['iat'] as number);
    // Anything that is there and is no number before the token's second revokes it.
    const isEnded = ended.some((each) => each !== undefined);
    if (isEnded || (subject !== undefined && !(issued > Number(subject)))) this.#revoked.add(principal);
    else this.#cleared.set(principal, asked);
    return this.recall(principal);
  }

  #goesOn(principal: Principal): boolean {
    const cleared = this.#cleared.get(principal);
    return cleared !== undefined && this.clock() - cleared < this.readsFor;
  }

  async #put(key: string, value: string, ttl: number): Promise<void> {
    if (!this.enabled) {
      throw new TypeError('Nobody looks at what is revoked: set authentication.revocation to true.');
    }
    const op: StateOp = { op: 'put', key, value, ttl };
    try {
      await this.store.run([op]);
    } catch (error) {
      throw new SecurityDenial(unavailable(error));
    }
  }

  #subjectKey(id: string): string {
    return `revoked:subject:${this.#issuer}${id}`;
  }

  /** Seconds. */
  get #longestTtl(): number {
    return Math.max(...this.settings.issuers.map(({ maxTtl }) => maxTtl));
  }

  get #tolerance(): number {
    return this.settings.clockTolerance * 1000;
  }
}

function sessionKey(session: string): string {
  return `revoked:session:${session}`;
}

/** RFC 7519 §4.1.7: an id of a token is unique at its issuer, and another issuer may give the same. */
function tokenKey({ iss }: Principal['claims'], jti: string): string {
  return `revoked:token:${String(iss)}|${jti}`;
}
