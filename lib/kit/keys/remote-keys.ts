import { systemClock, type Clock } from '../../core/clock.js';
import type { Algorithm } from './algorithm.js';
import { FetchFailure } from './fetch-json.js';
import type { KeyLoader } from './key-loaders.js';
import { KeySet, type KeySource } from './key-set.js';
import { vetPublished } from './published-keys.js';
import type { Jwk } from './verification-key.js';

/** When keys are fetched again, in milliseconds. */
export interface KeyTiming {
  /** After this age they are fetched again in the background, while the old ones serve. */
  readonly soft: number;
  /** After this age they are not trusted any more. */
  readonly hard: number;
  /** No fetch sooner than this after one that succeeded, however many unknown keys are named. */
  readonly cooldown: number;
  /** No fetch sooner than this after one that failed. */
  readonly retry: number;
  /** How long one fetch may take. */
  readonly timeout: number;
}

/** Ten minutes, a day, thirty seconds, five seconds, three seconds. */
export const KEY_TIMING: KeyTiming = {
  soft: 600_000,
  hard: 86_400_000,
  cooldown: 30_000,
  retry: 5_000,
  timeout: 3_000,
};

/** Is told what goes wrong with the keys of an issuer, in words of ours. */
export interface KeyLog {
  /** Once when fetching begins to fail, and again after it has worked. */
  failed(why: string): void;
  /** Once for a set of which some keys are not used. */
  ignored(why: readonly string[]): void;
}

// Each costs a parse.
const MAX_KEYS = 100;

/**
 * Keys that an issuer publishes. An issuer that is down does no harm until the keys in hand are a day old; new keys are picked up when a
 * token names one; a flood of unknown names costs the issuer one fetch.
 *
 * @example
 * ```ts
 * const keys = new RemoteKeys(fromJwks('https://id.example.com/jwks'), undefined, log);
 * ```
 */
export class RemoteKeys implements KeySource {
  failure: string | undefined;
  #set: KeySet | undefined;
  #fingerprint = '';
  #loadedAt = -Infinity;
  #triedAt = -Infinity;
  #pending: Promise<KeySet | undefined> | undefined;

  constructor(
    private readonly load: KeyLoader,
    private readonly allowed: readonly Algorithm[] | undefined,
    private readonly log: KeyLog,
    private readonly timing: KeyTiming = KEY_TIMING,
    private readonly clock: Clock = systemClock,
  ) {}

  current(): KeySet | undefined {
    if (this.clock() - this.#loadedAt >= this.timing.soft && this.#mayFetch()) void this.refresh();
    return this.#trusted();
  }

  refresh(): Promise<KeySet | undefined> {
    if (this.#pending) return this.#pending;
    if (!this.#mayFetch()) return Promise.resolve(this.#trusted());
    this.#triedAt = this.clock();
    this.#pending = this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  #mayFetch(): boolean {
    const pause = this.failure === undefined ? this.timing.cooldown : this.timing.retry;
    return this.#pending === undefined && this.clock() - this.#triedAt >= pause;
  }

  #trusted(): KeySet | undefined {
    return this.clock() - this.#loadedAt < this.timing.hard ? this.#set : undefined;
  }

  async #fetch(): Promise<KeySet | undefined> {
    try {
      this.#keep(await this.load(AbortSignal.timeout(this.timing.timeout)));
      this.failure = undefined;
    } catch (error) {
      const failure = error instanceof FetchFailure ? error.message : 'its keys could not be read';
      if (this.failure === undefined) this.log.failed(failure);
      this.failure = failure;
    }
    return this.#trusted();
  }

  #keep(jwks: readonly Jwk[]): void {
    if (jwks.length > MAX_KEYS) throw new FetchFailure(`it published more than ${MAX_KEYS} keys`);
    const fingerprint = JSON.stringify(jwks);
    if (fingerprint !== this.#fingerprint) {
      const { keys, complaints } = vetPublished(jwks, this.allowed);
      if (keys.length === 0) throw new FetchFailure('it published no key that can be used');
      if (complaints.length > 0) this.log.ignored(complaints);
      this.#set = new KeySet(keys);
      this.#fingerprint = fingerprint;
    }
    this.#loadedAt = this.clock();
  }
}
