import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { systemClock, type Clock } from '../../core/clock.js';
import type { CredentialVerifier, Verdict } from '../../core/credential.js';
import type { MaybePromise } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { AnsweringStore } from './answering-store.js';
import { ApiKeyDenials } from './api-key-denials.js';
import { ApiKeyFormat, type ParsedApiKey } from './api-key-format.js';
import { isRevoked, type StoredApiKey } from './api-key-store.js';
import type { ApiKeysSettings } from './api-keys.options.js';
import { LastUsed } from './last-used.js';

const SHA256 = /^[0-9a-f]{64}$/;
/** The hash of no secret: what is compared where there is nothing to compare with. */
const NOBODY = randomBytes(32).toString('hex');

/**
 * Verifies API keys. What is no key of this application is refused without a look into the store; a key costs one look, so that a
 * revocation holds from the next request on. An unknown id takes the work of a known one.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/
 */
export class ApiKeyVerifier implements CredentialVerifier {
  readonly #format: ApiKeyFormat;
  readonly #store: AnsweringStore;
  readonly #denials: ApiKeyDenials;
  readonly #lastUsed: LastUsed;

  constructor(
    { prefix, store, deadline }: ApiKeysSettings,
    realm: string,
    private readonly clock: Clock = systemClock,
  ) {
    this.#format = new ApiKeyFormat(prefix);
    this.#store = new AnsweringStore(store, deadline);
    this.#denials = new ApiKeyDenials(realm);
    this.#lastUsed = new LastUsed(this.#store);
  }

  verify(value: string): MaybePromise<Verdict> {
    const parsed = this.#format.parse(value);
    return parsed ? this.#lookUp(parsed) : { denial: this.#denials.of('api-key.malformed') };
  }

  async #lookUp(parsed: ParsedApiKey): Promise<Verdict> {
    try {
      return this.#judge(parsed, await this.#store.ask((keys) => keys.find(parsed.id)));
    } catch (error) {
      if (error instanceof SecurityDenial) return { denial: error.denial };
      throw error;
    }
  }

  #judge({ id, secret }: ParsedApiKey, found: StoredApiKey | null | undefined): Verdict {
    // A column whose collation takes `a` for `A` finds the key of somebody else.
    const key = found?.id === id ? found : undefined;
    const given = hash('sha256', secret, 'buffer');
    const isCurrent = isSame(given, key?.hash);
    const isPrevious = isSame(given, key?.previousHash);
    if (!key) return this.#no('api-key.unknown');
    if (!isCurrent && !isPrevious) return this.#no('api-key.secret');
    // From here on it is told to the log alone that whoever sent it has or had the secret.
    const now = this.clock();
    if (isRevoked(key)) return this.#no('api-key.revoked');
    if (!(now < key.expiresAt)) return this.#no('api-key.expired');
    if (!isCurrent && !(now < (key.previousUntil ?? 0))) return this.#no('api-key.rotated');
    this.#lastUsed.note(key, now);
    return { principal: principalOf(key) };
  }

  #no(...refusal: Parameters<ApiKeyDenials['of']>): Verdict {
    return { denial: this.#denials.of(...refusal) };
  }
}

/** The same work, whatever is stored and whether anything is. */
function isSame(given: Buffer, stored: string | null | undefined): boolean {
  const text = stored ?? NOBODY;
  const isHash = SHA256.test(text);
  return timingSafeEqual(given, Buffer.from(isHash ? text : NOBODY, 'hex')) && isHash;
}

function principalOf({ id, owner, name, scopes, roles, tenant, secretAt }: StoredApiKey): Principal {
  return Object.freeze({
    id: owner,
    roles: Object.freeze([...roles]),
    scopes: Object.freeze([...scopes]),
    tenant: tenant ?? undefined,
    claims: Object.freeze({ name }),
    method: 'api-key',
    keyId: id,
    authenticatedAt: Math.floor(secretAt / 1000),
  });
}
