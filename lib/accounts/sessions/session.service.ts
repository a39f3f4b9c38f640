import { systemClock, type Clock } from '../../core/clock.js';
import { SecurityConfigError } from '../../core/config-error.js';
import { RETRY_SOON, type MaybePromise } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import type { StateStore } from '../../core/state-store.js';
import { KeyRingFault } from '../../kit/keys/key-ring.document.js';
import { KeyRing } from '../../kit/keys/key-ring.js';
import type { AuthenticationSettings } from '../../pipeline/authentication/authentication.options.js';
import type { IssuerSettings } from '../../pipeline/authentication/issuer.options.js';
import type { Revocation } from '../../pipeline/authentication/revocation.js';
import { signAccessToken, type SessionClaims, type SessionPrincipal } from './access-token.js';
import { RefreshLines } from './refresh-lines.js';
import { readRefreshToken } from './refresh-token.js';
import type { SessionFamily } from './session-family.js';
import type { SessionsSettings } from './sessions.options.js';

/** What a client gets for a sign-in, and for each refresh. */
export interface SessionTokens {
  readonly accessToken: string;
  /** Seconds that the access token lives. */
  readonly expiresIn: number;
  readonly refreshToken: string;
}

/** Finds out who somebody is now, at every refresh; nothing: the account is gone or closed, and its session ends. */
export type LoadPrincipal = (id: string) => MaybePromise<SessionPrincipal | null | undefined>;

type AccessToken = Pick<SessionTokens, 'accessToken' | 'expiresIn'>;

const DEFAULT_ACCESS_TTL = 900;

/**
 * Sessions for an application with a login of its own: access tokens that live for minutes, and refresh tokens that are replaced at every
 * use. A refresh token that comes twice was stolen, from whoever comes second or first: the session ends. Only the one that was replaced
 * last gives the same successor again for some seconds, for clients that ask twice at once or have lost the answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 * @example
 * ```ts
 * const tokens = await this.sessions.login({ id: user.id, roles: user.roles });
 * const next = await this.sessions.refresh(dto.refreshToken, (id) => this.users.principal(id), request);
 * ```
 */
export class SessionService {
  /** Whoever signs with a ring is this application. */
  readonly #own: { readonly ring: KeyRing; readonly issuer: IssuerSettings } | undefined;
  readonly #accessTtl: number;
  readonly #lines: RefreshLines;

  /** @throws {SecurityConfigError} `option.conflict` for sessions without a key ring, or with longer tokens than it or the verifier allows */
  constructor(
    settings: SessionsSettings,
    { issuers, realm }: AuthenticationSettings,
    store: Pick<StateStore, 'run'>,
    private readonly revocation: Revocation,
    reporter: Pick<Reporter, 'record'>,
    private readonly clock: Clock = systemClock,
  ) {
    this.#lines = new RefreshLines(settings, realm, store, reporter, clock);
    const own = issuers.flatMap((issuer) =>
      issuer.keys instanceof KeyRing ? { issuer, ring: issuer.keys } : [],
    );
    if (own.length > 1) {
      const fix = 'keep the ring of the issuer that is this application; give the others their public keys';
      throw conflict('', 'has several issuers with a key ring: it is not clear whose sessions they are', fix);
    }
    this.#own = own[0];
    if (!this.#own && settings.declared)
      throw conflict(
        '',
        'has no keys to sign with',
        "write authentication: { …, keys: keyRing({ file: '…' }) }",
      );
    const longest = Math.min(this.#own?.issuer.maxTtl ?? Infinity, this.#own?.ring.longestToken ?? Infinity);
    this.#accessTtl = settings.accessTtl ?? Math.min(DEFAULT_ACCESS_TTL, longest);
    if (this.#accessTtl > longest) {
      const fix = `write at most ${longest}, or raise authentication.maxTtl, or the --longest-token of gatehouse keys generate`;
      throw conflict('.accessTtl', 'is longer than the verifier or the keys allow', fix);
    }
  }

  /**
   * Begins a session for somebody who has just proven who they are.
   *
   * @throws {SecurityDenial} `state.unavailable`, `token.keys-unavailable` (503)
   */
  async login(principal: SessionPrincipal): Promise<SessionTokens> {
    let tokens: SessionTokens | undefined;
    await this.#lines.begin(principal.id, ({ session, family, refreshToken }) => {
      tokens = { ...this.#access(session, family, principal), refreshToken };
    });
    return tokens!;
  }

  /**
   * Replaces a refresh token. `load` is asked each time, so that a role that was taken away is gone at the next refresh. `request` (the
   * adapter's or Node's own) tells the security log where it came from.
   *
   * @throws {SecurityDenial} `session.invalid`, `session.reused`, `session.ended` (401), `session.retries` (429), `state.unavailable`
   * (503: the token may be replaced or not; the client tries again with the same one), `token.keys-unavailable` (503)
   */
  async refresh(refreshToken: unknown, load: LoadPrincipal, request?: unknown): Promise<SessionTokens> {
    const token = readRefreshToken(refreshToken);
    if (!token) throw this.#lines.denial('session.invalid', 'no refresh token');
    const { session } = token;
    let access: AccessToken | undefined;
    const prepare = async (family: SessionFamily): Promise<void> => {
      // Signed before anything changes: what cannot be answered must not use up the token.
      access = this.#access(session, family, await this.#load(session, family, load));
    };
    const successor = await this.#lines.advance(token, prepare, request);
    return { ...access!, refreshToken: successor };
  }

  /**
   * Ends the session of a caller, and with `authentication.revocation` the access token with which they came.
   *
   * @throws {SecurityDenial} `state.unavailable` (503)
   */
  async logout(principal: Principal): Promise<void> {
    const { iss, sid, jti } = principal.claims;
    // The sessions of another issuer are none of ours, whatever they are called.
    if (iss === this.#own?.issuer.issuer && typeof sid === 'string') await this.#lines.end(sid);
    if (this.revocation.enabled && typeof jti === 'string') await this.revocation.revokeToken(principal);
  }

  /**
   * Ends every session that somebody has begun so far, and with `authentication.revocation` every access token. For a changed password, a
   * stolen device, a closed account. An access token that is issued in the same second counts as issued before; its session goes on.
   *
   * @param id that of the account, or of the principal: where there are several issuers, that begins with the issuer
   * @throws {SecurityDenial} `state.unavailable` (503)
   */
  async logoutEverywhere(id: string): Promise<void> {
    const prefix = this.#own?.issuer.idPrefix ?? '';
    const subject = id.startsWith(prefix) ? id.slice(prefix.length) : id;
    await this.#lines.endAll(subject);
    if (this.revocation.enabled) await this.revocation.revokeSubject(prefix + subject);
  }

  async #load(session: string, { subject }: SessionFamily, load: LoadPrincipal): Promise<SessionPrincipal> {
    const principal = await load(subject);
    if (!principal) {
      await this.#lines.end(session);
      throw this.#lines.denial('session.ended', 'the account is gone or closed');
    }
    if (principal.id !== subject) throw new TypeError('The principal of a session is not who began it.');
    return principal;
  }

  #access(
    session: string,
    { authenticatedAt, endsAt }: SessionFamily,
    principal: SessionPrincipal,
  ): AccessToken {
    if (!this.#own)
      throw new TypeError(
        "Sessions have no keys to sign with: write authentication.keys: keyRing({ file: '…' }).",
      );
    const issuedAt = Math.floor(this.clock() / 1000);
    // No longer than the session, but for its last second.
    const expiresAt = Math.max(issuedAt + 1, Math.min(issuedAt + this.#accessTtl, Math.floor(endsAt / 1000)));
    const claims = { session, authenticatedAt, issuedAt, expiresAt };
    return { accessToken: signed(this.#own, principal, claims), expiresIn: expiresAt - issuedAt };
  }
}

function signed(
  { ring, issuer }: { readonly ring: KeyRing; readonly issuer: IssuerSettings },
  principal: SessionPrincipal,
  claims: SessionClaims,
): string {
  try {
    return signAccessToken(ring, issuer, principal, claims);
  } catch (error) {
    if (!(error instanceof KeyRingFault)) throw error;
    throw new SecurityDenial({ reason: 'token.keys-unavailable', note: error.problem, headers: RETRY_SOON });
  }
}

function conflict(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.conflict', `accounts.sessions${path}`, problem, fix);
}
