import { Logger } from '@nestjs/common';
import { existsSync } from 'node:fs';
import { systemClock, type Clock } from '../../core/clock.js';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, invalidOption, nameOf } from '../../core/options.js';
import { inProduction } from '../../core/production.js';
import { newRing } from './key-ring.changes.js';
import {
  KeyRingFault,
  nextChange,
  parseRing,
  publishedAt,
  signerAt,
  signingAlgorithm,
  type RingDocument,
} from './key-ring.document.js';
import { createRing, readRing } from './key-ring.file.js';
import { KeySet, type KeySource } from './key-set.js';
import {
  publicHalf,
  signCompact,
  signingKeyOf,
  type SigningAlgorithm,
  type SigningKey,
} from './signing-key.js';
import { keyOfJwk, type Jwk, type VerificationKey } from './verification-key.js';

/**
 * Where own keys are kept. `file`: JSON that its owner alone may read, made and changed by `gatehouse keys`; `create`: made at the first
 * start where it is missing. `env`: the name of a variable with the same JSON. `ephemeral`: in memory, so that every token ends
 * with the process; refused with `NODE_ENV=production`.
 */
export type KeyRingOptions =
  | { readonly file: string; readonly create?: boolean; readonly algorithm?: SigningAlgorithm }
  | { readonly env: string }
  | { readonly ephemeral: true; readonly algorithm?: SigningAlgorithm };

const REREAD_MS = 30_000;
const TRUSTED_MS = 86_400_000;
const MAX_AGE = 600;
const KEYS = ['file', 'create', 'algorithm', 'env', 'ephemeral'];
const EXAMPLE =
  "write keyRing({ file: '.data/keys.json' }), keyRing({ env: 'KEY_RING' }) or keyRing({ ephemeral: true })";

/**
 * The keys with which an application signs its own tokens: published before they sign, and until their last token has expired. A file is
 * read again when it is used, every 30 seconds at most, so that a rotation reaches what runs. One that cannot be read any more serves as it was for a day.
 */
export class KeyRing implements KeySource {
  failure: string | undefined;
  #document: RingDocument;
  #readAt: number;
  #triedAt: number;
  #changesAt = 0;
  #set!: KeySet;
  #jwks!: { readonly keys: readonly Jwk[] };
  #signer: SigningKey | undefined;

  constructor(
    private readonly read: () => RingDocument,
    private readonly rereads: boolean,
    private readonly clock: Clock = systemClock,
  ) {
    this.#readAt = this.#triedAt = clock();
    this.#document = read();
    this.#arrange();
  }

  /** The longest life of a token that these keys may sign, in seconds. */
  get longestToken(): number {
    return this.#document.longestToken;
  }

  current(): KeySet | undefined {
    return this.#fresh() ? this.#set : undefined;
  }

  refresh(): Promise<KeySet | undefined> {
    return Promise.resolve(this.current());
  }

  /** The public keys, as a JWK set (RFC 7517 §5). Holds no private member, ever. */
  jwks(): { readonly keys: readonly Jwk[] } {
    this.#fresh();
    return this.#jwks;
  }

  /** The `Cache-Control` of an answer with {@link jwks}: verifiers may keep it for less than a key is published before it signs. */
  get cacheControl(): string {
    return `public, max-age=${Math.min(MAX_AGE, Math.floor(this.#document.publishAhead / 2))}`;
  }

  /**
   * Signs a token with the key whose time it is.
   *
   * @throws {KeyRingFault} where there is none, or the keys could not be read for a day
   */
  sign(header: object, payload: object): string {
    if (this.#fresh() && this.#signer) return signCompact(this.#signer, header, payload);
    throw new KeyRingFault(
      'no key signs now',
      'gatehouse keys list shows why; gatehouse keys rotate makes one',
    );
  }

  /** Whether what is in hand counts. Reads again where it is time to: a small file, twice a minute. */
  #fresh(): boolean {
    const now = this.clock();
    if (this.rereads && now - this.#triedAt >= REREAD_MS) this.#reread(now);
    if (now >= this.#changesAt) this.#arrange();
    return !this.rereads || now - this.#readAt < TRUSTED_MS;
  }

  #reread(now: number): void {
    this.#triedAt = now;
    try {
      const document = this.read();
      this.#readAt = now;
      this.failure = undefined;
      if (JSON.stringify(document) === JSON.stringify(this.#document)) return;
      this.#document = document;
      this.#arrange();
    } catch (error) {
      const failure = error instanceof KeyRingFault ? error.message : 'it cannot be read';
      if (this.failure === undefined)
        new Logger('KeyRing').warn(`The key ring is used as it was: ${failure}`);
      this.failure = failure;
    }
  }

  #arrange(): void {
    const now = this.clock() / 1000;
    const jwks = publishedAt(this.#document, now).map(({ jwk }) => publicHalf(jwk));
    const signer = signerAt(this.#document, now);
    // Every key was vetted when it was read.
    this.#set = new KeySet(jwks.map((jwk) => keyOfJwk(jwk) as VerificationKey));
    this.#jwks = Object.freeze({ keys: Object.freeze(jwks.map((jwk) => Object.freeze(jwk))) });
    this.#signer = signer && signingKeyOf(signer.jwk);
    this.#changesAt = nextChange(this.#document, now) * 1000;
  }
}

/**
 * Opens the keys with which an application signs its own tokens, for `authentication.keys`.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.invalid`, `option.unknown`, `option.conflict`
 * @example
 * ```ts
 * const keys = keyRing({ file: '.data/keys.json' });
 * SecurityModule.forRoot({ authentication: { issuer: 'https://shop.example', audience: 'https://api.shop.example', keys } });
 * ```
 */
export function keyRing(options: KeyRingOptions, clock: Clock = systemClock): KeyRing {
  const raw = checkOptions('keyRing', options, KEYS);
  const sources = ['file', 'env', 'ephemeral'].filter((name) => Object.hasOwn(raw, name));
  if (sources.length !== 1)
    throw new SecurityConfigError(
      'option.conflict',
      'keyRing',
      `has ${sources.join(' and ') || 'no place to keep keys'}`,
      EXAMPLE,
    );
  const [source] = sources as ['file' | 'env' | 'ephemeral'];
  const value = raw[source];
  if (value === undefined)
    throw new SecurityConfigError('option.missing', `keyRing.${source}`, 'is undefined', EXAMPLE);
  const right = source === 'ephemeral' ? value === true : typeof value === 'string' && value !== '';
  if (!right) throw invalidOption(`keyRing.${source}`, value, EXAMPLE);
  const algorithm = signingAlgorithm(raw['algorithm'] ?? 'EdDSA');
  if (!algorithm)
    throw invalidOption('keyRing.algorithm', raw['algorithm'], "write 'EdDSA', 'ES256' or 'RS256'");
  const create = raw['create'] ?? false;
  if (typeof create !== 'boolean') throw invalidOption('keyRing.create', create, 'write true or false');
  if (Object.hasOwn(raw, 'algorithm') && !create && source !== 'ephemeral') {
    const fix = 'leave it out: each key names its own';
    throw new SecurityConfigError(
      'option.conflict',
      'keyRing.algorithm',
      'is for keys that are made here',
      fix,
    );
  }
  if (source !== 'file' && create)
    throw new SecurityConfigError('option.conflict', 'keyRing.create', 'is for a file alone', 'leave it out');
  if (source === 'ephemeral' && inProduction())
    throw new SecurityConfigError(
      'option.conflict',
      'keyRing.ephemeral',
      'is true while NODE_ENV is production: every restart would end every session, and no two instances would know each other’s tokens',
      "write keyRing({ file: '.data/keys.json', create: true }) or keyRing({ env: 'KEY_RING' })",
    );
  const made = () => newRing(Math.floor(clock() / 1000), algorithm);
  try {
    if (source === 'ephemeral') {
      const document = made();
      return new KeyRing(() => document, false, clock);
    }
    if (source === 'env') return new KeyRing(() => parseRing(variable(value as string)), false, clock);
    const file = value as string;
    if (create && !existsSync(file)) createRing(file, made());
    return new KeyRing(() => readRing(file), true, clock);
  } catch (error) {
    if (!(error instanceof KeyRingFault)) throw error;
    throw new SecurityConfigError('option.invalid', `keyRing.${source}`, error.problem, error.fix);
  }
}

function variable(name: string): string {
  const text = process.env[name];
  if (text) return text;
  throw new KeyRingFault(
    `names the variable ${/^\w+$/.test(name) ? name : nameOf(name)}, which is not set`,
    'set it to what gatehouse keys generate wrote',
  );
}
