import type { IncomingMessage } from 'node:http';
import { systemClock, type Clock } from '../../core/clock.js';
import { SecurityConfigError } from '../../core/config-error.js';
import { RETRY_SOON, type Decision, type MaybePromise } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { Reporter } from '../../core/reporter.js';
import { rawRequest } from '../../core/request-facts.js';
import { SecurityDenial } from '../../core/security-denial.js';
import type { StateStore } from '../../core/state-store.js';
import { KeyRingFault } from '../../kit/keys/key-ring.document.js';
import type { AuthenticationSettings } from '../../pipeline/authentication/authentication.options.js';
import { checkToken, csrfDigest, type CsrfProtection } from '../../pipeline/authentication/csrf.js';
import { ownIssuers, type OwnIssuer } from '../../pipeline/authentication/own-issuers.js';
import type { Revocation } from '../../pipeline/authentication/revocation.js';
import { signAccessToken, type SessionClaims, type SessionPrincipal } from './access-token.js';
import { RefreshLines } from './refresh-lines.js';
import { csrfTokenOf, keyIn, readRefreshToken, type RefreshToken } from './refresh-token.js';
import { SessionCookies } from './session-cookies.js';
import type { SessionFamily } from './session-family.js';
import type { SessionsSettings } from './sessions.options.js';

/** What a client gets for a sign-in, and for each refresh: both tokens, or, where these travel in cookies, the token against CSRF. */
export interface SessionTokens {
  readonly accessToken?: string;
  /** Seconds that the access token lives. */
  readonly expiresIn: number;
  readonly refreshToken?: string;
  /** For the header `X-CSRF-Token` of requests that change something. */
  readonly csrfToken?: string;
}

/** Finds out who somebody is now, when a session begins and at every refresh; nothing: the account is gone or closed, and so is its session. */
export type LoadPrincipal = (id: string) => MaybePromise<SessionPrincipal | null | undefined>;

interface AccessToken {
  readonly accessToken: string;
  readonly expiresIn: number;
}

const DEFAULT_ACCESS_TTL = 900;
// What browsers keep, less the name: a longer cookie they drop without a word.
const LONGEST_COOKIE = 4000;

/**
 * Sessions for an application with a login of its own: access tokens that live for minutes, and refresh tokens that are replaced at every
 * use. A refresh token that comes twice was stolen, from whoever comes second or first: the session ends. Only the one that was replaced
 * last gives the same successor again for some seconds, for clients that ask twice at once or have lost the answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2
 * @example
 * ```ts
 * const tokens = await this.sessions.begin(user.id, (id) => this.users.principal(id), request);
 * const next = await this.sessions.refresh(dto.refreshToken, (id) => this.users.principal(id), request);
 * ```
 */
export class SessionService {
  /** Whoever signs with a ring is this application. */
  readonly #own: OwnIssuer | undefined;
  /** What the ids of principals of other issuers begin with. */
  readonly #foreignPrefixes: readonly string[];
  readonly #accessTtl: number;
  readonly #lines: RefreshLines;
  readonly #cookies: SessionCookies | undefined;

  /** @throws {SecurityConfigError} `option.conflict` for sessions without a key ring, or with tokens that nobody would take */
  constructor(
    private readonly settings: SessionsSettings,
    { issuers, realm, dpop }: AuthenticationSettings,
    store: Pick<StateStore, 'run'>,
    private readonly revocation: Revocation,
    reporter: Pick<Reporter, 'record'>,
    private readonly csrf?: CsrfProtection,
    private readonly clock: Clock = systemClock,
  ) {
    this.#cookies = settings.cookie && new SessionCookies(settings.cookie);
    this.#lines = new RefreshLines(settings, realm, store, revocation, reporter, clock);
    const own = ownIssuers(issuers);
    if (own.length > 1) {
      const fix = 'keep the ring of the issuer that is this application; give the others their public keys';
      throw conflict('', 'has several issuers with a key ring: it is not clear whose sessions they are', fix);
    }
    this.#own = own[0];
    this.#foreignPrefixes = this.#own
      ? issuers.flatMap(({ idPrefix }) => (idPrefix === this.#own!.issuer.idPrefix ? [] : idPrefix))
      : [];
    if (!this.#own && settings.declared)
      throw conflict(
        '',
        'has no keys to sign with',
        "write authentication: { …, keys: keyRing({ file: '…' }) }",
      );
    if (settings.declared && dpop?.required) {
      const fix = 'leave required out, and write @RequireDpop() on routes for the tokens of another issuer';
      throw conflict('', 'gives tokens without a key, which authentication.dpop.required refuses', fix);
    }
    const longest = Math.min(this.#own?.issuer.maxTtl ?? Infinity, this.#own?.ring.longestToken ?? Infinity);
    this.#accessTtl = settings.accessTtl ?? Math.min(DEFAULT_ACCESS_TTL, longest);
    if (this.#accessTtl > longest) {
      const fix = `write at most ${longest}, or raise authentication.maxTtl, or the --longest-token of gatehouse keys generate`;
      throw conflict('.accessTtl', 'is longer than the verifier or the keys allow', fix);
    }
  }

  /**
   * Begins a session for somebody who has just proven who they are. `load` says who that is now, and is asked behind the proof: what
   * {@link logoutEverywhere} ends from the moment of this call on, this session is among. So nobody gets a token with the rights of before,
   * who was still proving their password when these were taken away. Cookies need the `request` (the adapter's or Node's own).
   *
   * @param id that of the account
   * @throws {SecurityDenial} `session.ended` (401: the account is gone, or somebody has ended its sessions meanwhile), `state.unavailable`,
   * `token.keys-unavailable` (503), `csrf.origin` (403: a page of somebody else's signs in)
   * @example
   * ```ts
   * const tokens = await this.sessions.begin(user.id, (id) => this.users.principal(id), request);
   * ```
   */
  async begin(id: string, load: LoadPrincipal, request?: unknown): Promise<SessionTokens> {
    const raw = this.#page(request);
    const handOver = await this.#lines.begin(id, async ({ session, family, key, refreshToken }) => {
      const principal = await this.#load(family, load);
      if (!principal) throw this.#gone();
      const csrfToken = csrfTokenOf(session, key);
      const access = this.#access(session, family, principal, csrfToken);
      return () => this.#handOver(raw, family, access, refreshToken, csrfToken);
    });
    return handOver();
  }

  /**
   * Replaces a refresh token: the one handed over, or that of the cookie. `load` is asked each time, so that a role that was taken away is
   * gone at the next refresh. `request` (the adapter's or Node's own) tells the security log where it came from; cookies need it. A refusal
   * leaves the cookies as they are: who loses a race must not take them from who wins it.
   *
   * @throws {SecurityDenial} `session.invalid`, `session.reused`, `session.ended` (401), `csrf.origin`, `csrf.token` (403), `session.retries`
   * (429), `state.unavailable` (503: the token may be replaced or not; the client tries again with the same one), `token.keys-unavailable` (503)
   */
  async refresh(refreshToken: unknown, load: LoadPrincipal, request?: unknown): Promise<SessionTokens> {
    const raw = this.#page(request);
    const token = this.#tokenOf(raw, refreshToken);
    if (!token) throw this.#lines.denial('session.invalid', 'no refresh token');
    const { session } = token;
    const csrfToken = csrfTokenOf(session, keyIn(token));
    let tokens: ((successor: string) => SessionTokens) | undefined;
    const prepare = async (family: SessionFamily): Promise<void> => {
      if (raw) refuse(checkToken(raw, csrfDigest(csrfToken)));
      // Signed before anything changes: what cannot be answered must not use up the token.
      const principal = await this.#load(family, load);
      if (!principal) {
        await this.#lines.end(session);
        throw this.#gone();
      }
      const access = this.#access(session, family, principal, csrfToken);
      tokens = (successor) => this.#handOver(raw, family, access, successor, csrfToken);
    };
    const successor = await this.#lines.advance(token, prepare, request);
    return tokens!(successor);
  }

  /**
   * Ends the session of a caller, and with `authentication.revocation` all its access tokens: that with which they came, and older ones. With the
   * `request` it takes back the cookies.
   *
   * @throws {SecurityDenial} `state.unavailable` (503)
   */
  async logout(principal: Principal, request?: unknown): Promise<void> {
    const { iss, sid, jti } = principal.claims;
    // The sessions of another issuer are none of ours, whatever they are called.
    if (iss === this.#own?.issuer.issuer && typeof sid === 'string') await this.#lines.end(sid);
    else if (this.revocation.enabled && typeof jti === 'string') await this.revocation.revokeToken(principal);
    this.#forget(request);
  }

  /**
   * Ends the session of a refresh token, the one handed over or that of the cookie, as {@link logout} does: for whoever has no access token
   * any more. A token of no session is no error, because what was to end is over. The cookie comes to no route but those at `refreshPath` and below.
   *
   * @see https://www.rfc-editor.org/rfc/rfc7009#section-2
   * @throws {SecurityDenial} `csrf.origin`, `csrf.token` (403), `state.unavailable` (503)
   */
  async logoutWith(refreshToken: unknown, request?: unknown): Promise<void> {
    const raw = this.#page(request);
    const token = this.#tokenOf(raw, refreshToken);
    if (token)
      await this.#lines.endBy(token, () => {
        if (raw) refuse(checkToken(raw, csrfDigest(csrfTokenOf(token.session, keyIn(token)))));
      });
    this.#forget(request);
  }

  /**
   * Ends every session that somebody has begun so far, and with `authentication.revocation` every access token. For a changed password, a
   * stolen device, a closed account. Who signs in behind this call counts; an access token that `refresh` gives in the same second counts as issued before, and its session goes on.
   *
   * @param id that of the account, or of the principal: where there are several issuers, that begins with the issuer. Of the principal of another
   * issuer its tokens are taken back too
   * @throws {SecurityDenial} `state.unavailable` (503)
   */
  async logoutEverywhere(id: string, request?: unknown): Promise<void> {
    const prefix = this.#own?.issuer.idPrefix ?? '';
    const subject = id.startsWith(prefix) ? id.slice(prefix.length) : id;
    await this.#lines.endAll(subject);
    if (this.revocation.enabled) {
      await this.revocation.revokeSubject(prefix + subject);
      // An account may be called what its owner is called at another issuer: both are meant.
      if (this.#foreignPrefixes.some((foreign) => id.startsWith(foreign)))
        await this.revocation.revokeSubject(id);
    }
    this.#forget(request);
  }

  /** The request of a page of ours, where tokens travel in cookies. */
  #page(request: unknown): IncomingMessage | undefined {
    if (!this.#cookies) return undefined;
    if (request === undefined) throw new TypeError('Sessions in cookies need the request that they answer.');
    const raw = rawRequest(request);
    refuse(this.csrf!.checkOrigin(raw));
    return raw;
  }

  #tokenOf(raw: IncomingMessage | undefined, handedOver: unknown): RefreshToken | undefined {
    return readRefreshToken(raw ? this.#cookies!.refreshToken(raw) : handedOver);
  }

  #forget(request: unknown): void {
    if (request !== undefined) this.#cookies?.clear(rawRequest(request));
  }

  #handOver(
    raw: IncomingMessage | undefined,
    { endsAt }: SessionFamily,
    { accessToken, expiresIn }: AccessToken,
    refreshToken: string,
    csrfToken: string,
  ): SessionTokens {
    if (!raw) return { accessToken, expiresIn, refreshToken };
    const refreshAge = Math.ceil(Math.min(this.settings.idle, endsAt - this.clock()) / 1000);
    this.#cookies!.set(raw, { accessToken, refreshToken, csrfToken, accessAge: expiresIn, refreshAge });
    return { expiresIn, csrfToken };
  }

  async #load({ subject }: SessionFamily, load: LoadPrincipal): Promise<SessionPrincipal | undefined> {
    const principal = await load(subject);
    if (principal && principal.id !== subject)
      throw new TypeError('The principal of a session is not who began it.');
    return principal ?? undefined;
  }

  #gone(): SecurityDenial {
    return this.#lines.denial('session.ended', 'the account is gone or closed');
  }

  #access(
    session: string,
    { authenticatedAt, endsAt }: SessionFamily,
    principal: SessionPrincipal,
    csrfToken: string,
  ): AccessToken {
    if (!this.#own)
      throw new TypeError(
        "Sessions have no keys to sign with: write authentication.keys: keyRing({ file: '…' }).",
      );
    const issuedAt = Math.floor(this.clock() / 1000);
    // No longer than the session, but for its last second.
    const expiresAt = Math.max(issuedAt + 1, Math.min(issuedAt + this.#accessTtl, Math.floor(endsAt / 1000)));
    const csrf = this.#cookies && csrfDigest(csrfToken);
    const claims = { session, authenticatedAt, issuedAt, expiresAt, csrf };
    const accessToken = signed(this.#own, principal, claims);
    if (this.#cookies && accessToken.length > LONGEST_COOKIE)
      throw new TypeError('The access token is too long for a cookie: give its principal fewer claims.');
    return { accessToken, expiresIn: expiresAt - issuedAt };
  }
}

function signed({ ring, issuer }: OwnIssuer, principal: SessionPrincipal, claims: SessionClaims): string {
  try {
    return signAccessToken(ring, issuer, principal, claims);
  } catch (error) {
    if (!(error instanceof KeyRingFault)) throw error;
    throw new SecurityDenial({ reason: 'token.keys-unavailable', note: error.problem, headers: RETRY_SOON });
  }
}

function refuse(decision: Decision): void {
  if (decision) throw new SecurityDenial(decision);
}

function conflict(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.conflict', `accounts.sessions${path}`, problem, fix);
}
