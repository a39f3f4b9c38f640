import { RETRY_SOON } from '../../core/decision.js';
import type { MaybePromise } from '../../core/decision.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { inTime } from '../../kit/state/in-time.js';
import type { ApiKeyStore } from './api-key-store.js';

/** Says that the store of keys did not answer in time. */
class LateAnswer extends Error {
  override readonly name = 'LateAnswer';
}

/** A store of keys that answers within its deadline or is unavailable: no driver of a database fails fast of itself. */
export class AnsweringStore {
  constructor(
    private readonly store: ApiKeyStore,
    /** Milliseconds. */
    private readonly deadline: number,
  ) {}

  /**
   * Asks the store one thing. What was asked may still be done after it came too late.
   *
   * @throws {SecurityDenial} `api-key.unavailable` (503) where the answer is an error, or comes too late
   */
  async ask<T>(question: (store: ApiKeyStore) => MaybePromise<T>): Promise<Awaited<T>> {
    try {
      return await inTime(question(this.store), this.deadline, () => new LateAnswer());
    } catch (error) {
      // The class alone: a driver's message may hold its connection string.
      const note = error instanceof Error ? error.name : 'no Error';
      throw new SecurityDenial({ reason: 'api-key.unavailable', note, headers: RETRY_SOON });
    }
  }
}
