import { availableParallelism } from 'node:os';
import { RETRY_SOON } from '../../core/decision.js';
import { SecurityDenial } from '../../core/security-denial.js';

// A second of waiting with argon2id, ten with scrypt: whoever stood further back would have gone.
const PLACES = 64;
const THREADS = 4;
// File system and DNS use the same threads, and must not wait for passwords.
const SPARED_THREADS = 2;

/**
 * Runs few hashes at once and lets few wait. Hashes run on the threads of libuv (four, or `UV_THREADPOOL_SIZE`), where many logins at a
 * time would hold up every file and every host name.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 */
export class HashQueue {
  #running = 0;
  readonly #waiting: Array<() => void> = [];

  constructor(
    private readonly lanes = lanesOf(process.env['UV_THREADPOOL_SIZE'], availableParallelism()),
    private readonly places = PLACES,
  ) {}

  /**
   * Runs a task as soon as a lane is free.
   *
   * @throws {SecurityDenial} `password.busy` (503 with `Retry-After`) where every place to wait is taken
   */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.lanes) this.#running++;
    else if (this.#waiting.length < this.places) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    } else throw new SecurityDenial({ reason: 'password.busy', headers: RETRY_SOON });
    try {
      return await task();
    } finally {
      // The lane goes from one to the next, so that nobody comes in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}

/** How many hashes run at once: two threads fewer than there are, no more than there are processors, one at least. */
export function lanesOf(poolSize: string | undefined, processors: number): number {
  const threads = Number(poolSize) || THREADS;
  return Math.max(1, Math.min(threads - SPARED_THREADS, processors));
}
