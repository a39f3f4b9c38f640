import { systemClock, type Clock } from '../../core/clock.js';
import { refuseUnknown } from '../../core/options.js';
import type { Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { AnsweringStore } from './answering-store.js';
import { ApiKeyFormat, hashSecret, newKeyId, newKeySecret } from './api-key-format.js';
import { infoOf, type ApiKeyInfo } from './api-key-info.js';
import { isRevoked, type StoredApiKey } from './api-key-store.js';
import type { ApiKeysSettings } from './api-keys.options.js';
import { checkNewApiKey, spanOf, type NewApiKey } from './new-api-key.js';

/** A key that was just made. */
export interface MadeApiKey {
  /** The key itself. It is nowhere else: show it once, over TLS, and do not log it. */
  readonly key: string;
  readonly info: ApiKeyInfo;
}

/** How a secret is replaced. */
export interface ApiKeyRotation {
  /** How long the key lives from now on, in days. Default: as long as before. */
  readonly days?: number;
  /** How long the old secret works on, up to `accounts.apiKeys.overlapHours`, which is the default. 0: not at all. */
  readonly overlapHours?: number;
}

interface Configured {
  readonly settings: ApiKeysSettings;
  readonly store: AnsweringStore;
  readonly format: ApiKeyFormat;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

/**
 * Makes, rotates, revokes and lists API keys. Who may do so is the application's: a key acts as its owner. `rotate` and `revoke` take the
 * owner too, and find no key of somebody else. Every method throws a `TypeError` without `accounts.apiKeys`, and `api-key.unavailable`
 * (503, `SecurityDenial`) where the store does not answer: what was asked may have been done.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/
 * @example
 * ```ts
 * const { key, info } = await apiKeys.create({ owner: user.id, name: dto.name, scopes: ['orders:read'] });
 * ```
 */
export class ApiKeyService {
  readonly #configured: Configured | undefined;

  constructor(
    settings: ApiKeysSettings | undefined,
    private readonly reporter: Pick<Reporter, 'record'>,
    private readonly clock: Clock = systemClock,
  ) {
    this.#configured = settings && {
      settings,
      store: new AnsweringStore(settings.store, settings.deadline),
      format: new ApiKeyFormat(settings.prefix),
    };
  }

  /**
   * Makes a key. Of two who make one for an owner at the same time both may get it, where there was room for one.
   *
   * @throws {SecurityDenial} `limit.api-keys` (409) where the owner has as many as `accounts.apiKeys.maxPerOwner` says
   * @throws {TypeError} for what no key can be made of
   */
  async create(wanted: NewApiKey): Promise<MadeApiKey> {
    const { settings, store, format } = this.#needed();
    checkNewApiKey(wanted);
    const { owner, name, scopes, roles = [], tenant = null, days = settings.lifetimeDays } = wanted;
    const life = spanOf('days', days, { min: 1, max: settings.lifetimeDays }, DAY);
    const id = newKeyId();
    const secret = newKeySecret();
    const now = this.clock();
    const held = await store.ask((keys) => keys.listOf(owner));
    if (held.filter((key) => !isRevoked(key) && now < key.expiresAt).length >= settings.maxPerOwner)
      throw new SecurityDenial({ reason: 'limit.api-keys' });
    const stored: StoredApiKey = {
      id,
      owner,
      name,
      scopes: [...new Set(scopes)],
      roles: [...new Set(roles)],
      tenant,
      hash: hashSecret(secret),
      previousHash: null,
      previousUntil: null,
      createdAt: now,
      secretAt: now,
      expiresAt: now + life,
      lastUsedAt: null,
      revokedAt: null,
    };
    await store.ask((keys) => keys.insert(stored));
    this.reporter.record({ type: 'api-key.created', principal: owner, apiKey: id });
    return { key: format.write({ id, secret }), info: infoOf(stored) };
  }

  /**
   * Gives a key a new secret, and a new life. The old secret works until the overlap ends; one that was replaced before ends now, so that
   * there are never more than two. `undefined`: there is no such key of this owner, it is revoked or has expired, or somebody else has
   * rotated it at this moment.
   *
   * @throws {TypeError} for days or hours beyond those of the options, and for a property that there is not
   */
  async rotate(id: string, owner: string, rotation: ApiKeyRotation = {}): Promise<MadeApiKey | undefined> {
    const { settings, store, format } = this.#needed();
    refuseUnknown('A rotation', rotation, ['days', 'overlapHours']);
    const { days, overlapHours = settings.overlapHours } = rotation;
    const overlap = spanOf('overlapHours', overlapHours, { min: 0, max: settings.overlapHours }, HOUR);
    const wanted =
      days === undefined ? undefined : spanOf('days', days, { min: 1, max: settings.lifetimeDays }, DAY);
    const key = await this.#keyOf(id, owner);
    const now = this.clock();
    if (!key || isRevoked(key) || key.expiresAt <= now) return undefined;
    const life = wanted ?? Math.min(key.expiresAt - key.secretAt, settings.lifetimeDays * DAY);
    const secret = newKeySecret();
    const rotated = {
      hash: hashSecret(secret),
      previousHash: key.hash,
      previousUntil: Math.min(now + overlap, key.expiresAt),
      secretAt: now,
      expiresAt: now + life,
    };
    if (!(await store.ask((keys) => keys.rotate(id, key.hash, rotated)))) return undefined;
    this.reporter.record({ type: 'api-key.rotated', principal: owner, apiKey: id });
    return { key: format.write({ id, secret }), info: infoOf({ ...key, ...rotated }) };
  }

  /** Takes a key back, from the next request on. `false`: there is no such key of this owner. */
  async revoke(id: string, owner: string): Promise<boolean> {
    const key = await this.#keyOf(id, owner);
    if (key) await this.#revoke(key);
    return key !== undefined;
  }

  /** Takes back every key of an owner: when an account is closed, or taken over. Answers how many there were. */
  async revokeAll(owner: string): Promise<number> {
    const { store } = this.#needed();
    const keys = (await store.ask((all) => all.listOf(owner))).filter((key) => !isRevoked(key));
    for (const key of keys) await this.#revoke(key);
    return keys.length;
  }

  /** The keys of an owner, the newest first, those that are revoked or have expired too. */
  async list(owner: string): Promise<ApiKeyInfo[]> {
    const { store } = this.#needed();
    const keys = await store.ask((all) => all.listOf(owner));
    return [...keys].sort((a, b) => b.createdAt - a.createdAt).map(infoOf);
  }

  async #keyOf(id: string, owner: string): Promise<StoredApiKey | undefined> {
    const { store } = this.#needed();
    const key = await store.ask((keys) => keys.find(id));
    return key?.id === id && key.owner === owner ? key : undefined;
  }

  async #revoke({ id, owner }: StoredApiKey): Promise<void> {
    await this.#needed().store.ask((keys) => keys.revoke(id, this.clock()));
    this.reporter.record({ type: 'api-key.revoked', principal: owner, apiKey: id });
  }

  #needed(): Configured {
    if (this.#configured) return this.#configured;
    throw new TypeError('There are no API keys: set accounts.apiKeys.');
  }
}
