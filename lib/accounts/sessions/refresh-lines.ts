import { setTimeout } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';
import type { Denial } from '../../core/decision.js';
import type { DenialReason } from '../../core/reason.js';
import type { Reporter } from '../../core/reporter.js';
import { factsOf, rawRequest } from '../../core/request-facts.js';
import { SecurityDenial } from '../../core/security-denial.js';
import type { Consumed, StateOp, StateResult, StateStore } from '../../core/state-store.js';
import { unavailable } from '../../kit/state/state-trip.js';
import type { Revocation } from '../../pipeline/authentication/revocation.js';
import {
  digestOf,
  isMarked,
  keyIn,
  newKey,
  newSecret,
  newSession,
  successorOf,
  writeRefreshToken,
  type RefreshToken,
} from './refresh-token.js';
import {
  advanced,
  familyKey,
  generationKey,
  graceKey,
  lifeOf,
  placeOf,
  readFamily,
  writeFamily,
  type SessionFamily,
} from './session-family.js';
import type { SessionsSettings } from './sessions.options.js';

/** A session that has begun. */
export interface Begun {
  readonly session: string;
  readonly family: SessionFamily;
  readonly key: string;
  readonly refreshToken: string;
}

// Who loses a race is the predecessor in the next round. More rounds than two would take more than two rotations meanwhile.
const ROUNDS = 4;

/**
 * The lines of refresh tokens, one a session, in the state store: each token is replaced by compare-and-set, so that of a hundred who come
 * at once one replaces it, and the others get what it was replaced by.
 */
export class RefreshLines {
  readonly #challenge: NonNullable<Denial['headers']>;

  constructor(
    private readonly settings: SessionsSettings,
    realm: string,
    private readonly store: Pick<StateStore, 'run'>,
    private readonly revocation: Pick<Revocation, 'opsToEndSession' | 'opsBeforeIssuing'>,
    private readonly reporter: Pick<Reporter, 'record'>,
    private readonly clock: Clock,
  ) {
    this.#challenge = Object.freeze({ 'WWW-Authenticate': `Bearer realm="${realm}"` });
  }

  /**
   * Begins a line. `prepare` runs before anything is stored, and may take its time: who logged out everywhere meanwhile has no session.
   * What it made is handed back when the line stands.
   *
   * @throws {SecurityDenial} `session.ended`, `state.unavailable`
   */
  async begin<T>(subject: string, prepare: (begun: Begun) => Promise<T>): Promise<T> {
    const [generation, takenBack] = await this.#run([
      { op: 'read', key: generationKey(subject) },
      ...this.revocation.opsBeforeIssuing(subject),
    ]);
    await this.#nextSecond(takenBack);
    const now = this.clock();
    const [session, secret, key] = [newSession(), newSecret(), newKey()];
    const family: SessionFamily = {
      subject,
      generation: (generation as string | undefined) ?? '',
      authenticatedAt: Math.floor(now / 1000),
      endsAt: now + this.settings.absolute,
      rotatedAt: now,
      keyDigest: digestOf(key),
      current: digestOf(secret),
    };
    const made = await prepare({
      session,
      family,
      key,
      refreshToken: writeRefreshToken(session, secret, key),
    });
    const ttl = lifeOf(family, this.settings.idle, now);
    const [, after] = await this.#run([
      { op: 'put', key: familyKey(session), value: writeFamily(family), ttl },
      { op: 'read', key: generationKey(subject) },
    ]);
    await this.#refuseEnded(session, family, after);
    return made;
  }

  /**
   * The successor of a token. `prepare` runs once, for a token that may be used, before anything changes.
   *
   * @throws {SecurityDenial} `session.*`, `state.unavailable`
   */
  async advance(
    token: RefreshToken,
    prepare: (family: SessionFamily) => Promise<void>,
    request: unknown,
  ): Promise<string> {
    for (let round = 0; round < ROUNDS; round++) {
      const [stored] = await this.#run([{ op: 'read', key: familyKey(token.session) }]);
      const family = await this.#vouched(token, readFamily(stored), request);
      if (round === 0) await prepare(family);
      const secret =
        placeOf(family, token.secret) === 'current'
          ? await this.#rotate(token, family, stored as string)
          : await this.#again(token, family, request);
      if (secret !== undefined) return writeRefreshToken(token.session, secret, keyIn(token));
    }
    throw new SecurityDenial(unavailable(new Error('it changes all the time')));
  }

  /** Ends one line, and with `authentication.revocation` every access token that was issued along it. */
  async end(session: string): Promise<void> {
    await this.#run([{ op: 'remove', key: familyKey(session) }, ...this.revocation.opsToEndSession(session)]);
  }

  /** Ends the line of a token, whichever of its tokens it is; nothing where it is of none. `allow` runs in between, and may refuse. */
  async endBy(token: RefreshToken, allow: () => void): Promise<void> {
    const [stored] = await this.#run([{ op: 'read', key: familyKey(token.session) }]);
    const family = readFamily(stored);
    if (!family || !isMarked(token, family.keyDigest)) return;
    allow();
    await this.end(token.session);
  }

  /** Ends every line that a subject has begun so far. */
  async endAll(subject: string): Promise<void> {
    // No time but a name: clocks differ, and a session may begin in the same millisecond.
    const generation = newSession();
    const ttl = this.settings.absolute;
    await this.#run([{ op: 'put', key: generationKey(subject), value: generation, ttl }]);
  }

  /** Waits for the first second whose access tokens count, where all of this one have just been taken back. */
  async #nextSecond(takenBack: StateResult): Promise<void> {
    const left = (Number(takenBack) + 1) * 1000 - this.clock();
    if (left > 0) await setTimeout(Math.min(left, 1000));
  }

  /** A refusal with the challenge that a 401 has. */
  denial(reason: DenialReason, note?: string): SecurityDenial {
    return new SecurityDenial({ reason, note, headers: this.#challenge });
  }

  /** The family of a token that may be used: now, or once more. What was replaced before is reuse. */
  async #vouched(
    token: RefreshToken,
    family: SessionFamily | undefined,
    request: unknown,
  ): Promise<SessionFamily> {
    const now = this.clock();
    if (!family || lifeOf(family, this.settings.idle, now) <= 0)
      throw this.denial('session.invalid', 'no such session');
    if (!isMarked(token, family.keyDigest)) throw this.denial('session.invalid', 'not of its session');
    const place = placeOf(family, token.secret);
    const inGrace = now - family.rotatedAt < this.settings.grace;
    if (place === 'current' || (place === 'previous' && inGrace)) return family;
    await this.end(token.session);
    this.#record('session.reused', token, family, request);
    throw this.denial('session.reused');
  }

  /** The successor of the present secret; `undefined` where another was faster. */
  async #rotate(token: RefreshToken, family: SessionFamily, expected: string): Promise<string | undefined> {
    const now = this.clock();
    const next = advanced(family, token.secret, now);
    const ttl = Math.max(1, lifeOf(next.family, this.settings.idle, now));
    const value = writeFamily(next.family);
    const [replaced, generation] = await this.#run([
      { op: 'compareAndSet', key: familyKey(token.session), expected, value, ttl },
      { op: 'read', key: generationKey(family.subject) },
    ]);
    await this.#refuseEnded(token.session, family, generation);
    return replaced === true ? next.secret : undefined;
  }

  /** The successor that the token has had already, where the session is still there: what `load` waited for may have been a logout. */
  async #again(token: RefreshToken, family: SessionFamily, request: unknown): Promise<string> {
    const { grace: period, graceUses: limit } = this.settings;
    const rate = { algorithm: 'log', limit, period, burst: limit, block: 0 } as const;
    const [counted, generation, stored] = await this.#run([
      { op: 'consume', key: graceKey(token.session, family), rate, cost: 1, enforced: true },
      { op: 'read', key: generationKey(family.subject) },
      { op: 'read', key: familyKey(token.session) },
    ]);
    if (stored === undefined) throw this.denial('session.invalid', 'it ended meanwhile');
    await this.#refuseEnded(token.session, family, generation);
    const { allowed, retryAfter } = counted as Consumed;
    if (!allowed) {
      const headers = { 'Retry-After': String(Math.ceil(retryAfter / 1000)) };
      throw new SecurityDenial({ reason: 'session.retries', headers });
    }
    this.#record('session.retried', token, family, request);
    return successorOf(token.secret, family.nonce!);
  }

  /** Asked together with the change, so that nobody logs out everywhere in between. */
  async #refuseEnded(
    session: string,
    family: SessionFamily,
    generation: StateResult | undefined,
  ): Promise<void> {
    if (generation === undefined || generation === family.generation) return;
    await this.end(session);
    throw this.denial('session.ended', 'logged out everywhere');
  }

  async #run(ops: readonly StateOp[]): Promise<readonly StateResult[]> {
    try {
      return await this.store.run(ops);
    } catch (error) {
      throw new SecurityDenial(unavailable(error));
    }
  }

  #record(
    type: 'session.retried' | 'session.reused',
    { session }: RefreshToken,
    { subject: principal }: SessionFamily,
    request: unknown,
  ): void {
    const raw = request === undefined ? undefined : rawRequest(request);
    this.reporter.record({ type, principal, session }, raw && factsOf(raw), raw);
  }
}
