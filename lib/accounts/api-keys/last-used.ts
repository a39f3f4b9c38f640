import { Logger } from '@nestjs/common';
import type { AnsweringStore } from './answering-store.js';
import type { StoredApiKey } from './api-key-store.js';

const A_MINUTE = 60_000;
// Of about a hundred bytes each.
const MAX_KEYS = 10_000;

/**
 * Notes when a key was used: once a minute at most, and nobody waits for it. What cannot be noted is told to the log of the application and
 * changes no answer.
 */
export class LastUsed {
  /** When this instance has noted a key last, so that requests which come together note it once. */
  readonly #noted = new Map<string, number>();

  constructor(private readonly store: AnsweringStore) {}

  /** Notes the use of a key at `now`, milliseconds since the epoch. */
  note({ id, lastUsedAt }: StoredApiKey, now: number): void {
    const last = Math.max(lastUsedAt ?? 0, this.#noted.get(id) ?? 0);
    if (now - last < A_MINUTE) return;
    if (this.#noted.size >= MAX_KEYS) this.#noted.clear();
    this.#noted.set(id, now);
    void this.#write(id, now);
  }

  async #write(id: string, now: number): Promise<void> {
    try {
      await this.store.ask((keys) => keys.touch(id, now));
    } catch {
      new Logger('ApiKeyService').warn(
        'That an API key was used could not be noted: the store does not answer.',
      );
    }
  }
}
