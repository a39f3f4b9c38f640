import type { MaybePromise } from '../../core/decision.js';
import type { RoleName } from '../../core/principal.js';

/**
 * What is stored of an API key: nothing from which a key can be made. Times in milliseconds since the epoch, which need a column of
 * 64 bits.
 */
export interface StoredApiKey {
  /** 17 letters and digits; in another case it is another id. */
  readonly id: string;
  /** The id of the principal whose key it is. */
  readonly owner: string;
  /** What its owner calls it. */
  readonly name: string;
  readonly scopes: readonly string[];
  readonly roles: readonly RoleName[];
  readonly tenant: string | null;
  /** SHA-256 of the secret: 64 hexadecimal digits. */
  readonly hash: string;
  /** SHA-256 of the secret before, which works until `previousUntil`. */
  readonly previousHash: string | null;
  readonly previousUntil: number | null;
  readonly createdAt: number;
  /** When the secret was made: at first `createdAt`. */
  readonly secretAt: number;
  readonly expiresAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

/** Whether a key was taken back. Some stores leave out what is `null`. */
export function isRevoked({ revokedAt }: StoredApiKey): boolean {
  return (revokedAt ?? null) !== null;
}

/** What a rotation replaces, and nothing else. */
export type RotatedSecret = Pick<
  StoredApiKey,
  'hash' | 'previousHash' | 'previousUntil' | 'secretAt' | 'expiresAt'
>;

/**
 * Where API keys are kept: a table of the application. Each method writes the fields that it names and no others, so that a use that is
 * noted late brings back no secret and takes back no revocation. A store that cannot answer throws or rejects.
 * `apiKeyStoreContract` of `nestjs-gatehouse/testing` tests a store.
 */
export interface ApiKeyStore {
  /** The key of this id, exactly; `null` or `undefined` where there is none. */
  find(id: string): MaybePromise<StoredApiKey | null | undefined>;
  /** Adds a key. Throws or rejects where there is one of that id. */
  insert(key: StoredApiKey): MaybePromise<void>;
  /**
   * Replaces the secret of a key whose `hash` is still `expected` and which is not revoked: in one step, so that one of two who rotate at
   * the same time wins. `false` where it is not so.
   */
  rotate(id: string, expected: string, secret: RotatedSecret): MaybePromise<boolean>;
  /** Sets `revokedAt` where there is none yet. Nothing, where there is no such key. */
  revoke(id: string, at: number): MaybePromise<void>;
  /** Sets `lastUsedAt`. Nothing, where there is no such key. */
  touch(id: string, at: number): MaybePromise<void>;
  /** All keys of an owner, exactly, revoked ones too, in any order. */
  listOf(owner: string): MaybePromise<readonly StoredApiKey[]>;
}
