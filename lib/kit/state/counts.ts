import type { Consume, Consumed, Refund, StateOp, StateResult } from '../../core/state-store.js';
import { Cells, chargeCells, refundCells, restoreCells } from './gcra.js';
import { chargeLog, Log, refundLog } from './log.js';
import { Meters } from './meters.js';
import { shortKey } from './short-key.js';

/** A log takes so many times the memory of cells, or less. */
const LOG_WEIGHT = 4;

/** What is counted of one kind of key. */
class Space {
  readonly cells: Meters<Cells>;
  readonly logs: Meters<Log>;

  constructor(max: number) {
    this.cells = new Meters(max, () => new Cells());
    this.logs = new Meters(Math.ceil(max / LOG_WEIGHT), () => new Log());
  }
}

/** A charge of a batch, with what it takes to undo it. */
export interface Charged {
  /** Of its operation in the batch. */
  readonly index: number;
  readonly meter: Cells | Log;
  readonly tat: number;
  readonly part: number;
}

/** All counts of one process. Keys that begin with `user:` and `address:` have a space of their own. */
export class Counts {
  readonly #users: Space;
  readonly #addresses: Space;
  readonly #others: Space;

  constructor(max: number) {
    this.#users = new Space(max);
    this.#addresses = new Space(max);
    this.#others = new Space(max);
  }

  /** Charges one limit of a batch, and notes in `charged` what {@link Counts.takeBack} needs. */
  charge({ key, rate, cost }: Consume, index: number, charged: Charged[], now: number): Consumed {
    if (rate.algorithm === 'log') {
      const log = this.#spaceOf(key).logs.of(shortKey(key), rate, now);
      const result = chargeLog(log, rate, cost, now);
      if (result.allowed) charged.push({ index, meter: log, tat: 0, part: 0 });
      return result;
    }
    const cells = this.#spaceOf(key).cells.of(shortKey(key), rate, now);
    const { tat, part } = cells;
    const result = chargeCells(cells, rate, cost, now);
    if (result.allowed) charged.push({ index, meter: cells, tat, part });
    return result;
  }

  /** Takes all charges of a batch back. Last charge first, so that a key that stands twice in it ends where it began. */
  takeBack(
    charged: readonly Charged[],
    batch: readonly StateOp[],
    results: StateResult[],
    now: number,
  ): void {
    for (let i = charged.length - 1; i >= 0; i--) {
      const { index, meter, tat, part } = charged[i]!;
      const { rate, cost } = batch[index] as Consume;
      results[index] =
        meter instanceof Log ? refundLog(meter, rate, cost, now) : restoreCells(meter, rate, now, tat, part);
    }
  }

  /** Gives units back, where a key has some; at the cap, to the meter that it shares. */
  refund({ key, rate, cost }: Refund, now: number): undefined {
    const space = this.#spaceOf(key);
    if (rate.algorithm === 'log') {
      const log = space.logs.find(shortKey(key), rate);
      if (log) refundLog(log, rate, cost, now);
      return;
    }
    const cells = space.cells.find(shortKey(key), rate);
    if (cells) refundCells(cells, rate, cost, now);
  }

  /** Forgets what a key has to itself. */
  forget(key: string): void {
    const space = this.#spaceOf(key);
    space.cells.forget(shortKey(key));
    space.logs.forget(shortKey(key));
  }

  #spaceOf(key: string): Space {
    if (key.startsWith('user:')) return this.#users;
    return key.startsWith('address:') ? this.#addresses : this.#others;
  }
}
