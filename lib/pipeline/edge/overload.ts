import { RETRY_SOON, type Decision, type Denial } from '../../core/decision.js';
import type { Reporter } from '../../core/reporter.js';
import type { RequestFacts } from '../../core/request-facts.js';
import { eventLoopDelay, type Readings } from './event-loop-delay.js';

const OVERLOADED: Denial = { reason: 'edge.overloaded', headers: RETRY_SOON };

/**
 * Refuses requests while the event loop is late, so that those that are in work come to an end. It begins with the second reading in a
 * row that is over the limit, because one long block makes no more than one such reading; it ends with the first that is not.
 */
export class Overload {
  private overBefore = false;
  private shedding = false;
  private refused = 0;
  private stopReadings: (() => void) | undefined;

  /** @param maxDelay in milliseconds; `false` refuses nothing. */
  constructor(
    private readonly maxDelay: number | false,
    private readonly reporter: Pick<Reporter, 'record'>,
    private readonly readings: Readings = eventLoopDelay,
  ) {}

  /** Begins to take readings. */
  start(): void {
    const { maxDelay } = this;
    if (maxDelay === false) return;
    this.stopReadings = this.readings((delay) => this.read(delay, delay > maxDelay));
  }

  /** Takes no more readings, and refuses nothing any more. */
  stop(): void {
    this.stopReadings?.();
    this.read(0, false);
  }

  /** The refusal of a request, as long as there is too much to do. It is neither counted nor logged: that too would be work. */
  check(facts: RequestFacts): Decision {
    if (!this.shedding) return undefined;
    this.refused++;
    facts.charged = true;
    facts.reported = true;
    return OVERLOADED;
  }

  private read(delay: number, over: boolean): void {
    const shedding = over && this.overBefore;
    this.overBefore = over;
    if (shedding === this.shedding) return;
    this.shedding = shedding;
    if (shedding) this.reporter.record({ type: 'overload.began', delay: Math.round(delay) });
    else this.reporter.record({ type: 'overload.ended', refused: this.refused });
    this.refused = 0;
  }
}
