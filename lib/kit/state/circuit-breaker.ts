import type { Clock } from '../../core/clock.js';

/** So many failures in a row are an outage. */
const FAILURES = 3;
/** For so many milliseconds nobody is sent to a part that is down; then one call tries. */
const OPEN_MS = 250;

/** Takes note of an outage: when it began (ms since the epoch), and how long it was when it is over. */
export interface OutageListener {
  began(since: number): void;
  ended(milliseconds: number): void;
}

/**
 * Spares a part that is down, and those who would wait for it: after three failures in a row nobody is sent to it, and every quarter
 * of a second one call tries. Without timers.
 *
 * @example
 * ```ts
 * if (!breaker.admits()) throw new Error('down');
 * try { use(); breaker.succeeded(); } catch { breaker.failed(); }
 * ```
 */
export class CircuitBreaker {
  #failures = 0;
  #firstFailure = 0;
  #openUntil = 0;
  #trying = false;
  #since: number | undefined;

  constructor(
    private readonly listener: OutageListener,
    private readonly clock: Clock,
  ) {}

  /** Whether a call may be made. Each one that is made reports how it went. */
  admits(): boolean {
    if (this.#since === undefined) return true;
    if (this.#trying || this.clock() < this.#openUntil) return false;
    this.#trying = true;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#since === undefined) return;
    const lasted = this.clock() - this.#since;
    this.#since = undefined;
    this.#trying = false;
    this.listener.ended(lasted);
  }

  failed(): void {
    const now = this.clock();
    this.#trying = false;
    if (this.#failures++ === 0) this.#firstFailure = now;
    if (this.#since === undefined && this.#failures < FAILURES) return;
    this.#openUntil = now + OPEN_MS;
    if (this.#since !== undefined) return;
    this.#since = this.#firstFailure;
    this.listener.began(this.#since);
  }
}
