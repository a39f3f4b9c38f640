import { setTimeout as sleep } from 'node:timers/promises';
import type { StateOp, StateResult, StateStore } from '../../lib/core/state-store.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';

/** How a {@link FlakyStore} behaves. */
export type Mood = 'works' | 'rejects' | 'throws' | 'hangs' | 'dawdles';

/** A store behind a network, which may go down: it answers by promises, counts its trips, and keeps what they asked. */
export class FlakyStore implements StateStore {
  mood: Mood = 'works';
  readonly trips: Array<readonly StateOp[]> = [];
  readonly #inner = memoryState();

  run(batch: readonly StateOp[]): Promise<readonly StateResult[]> {
    this.trips.push(batch);
    switch (this.mood) {
      case 'throws':
        throw new Error('redis://user:secret@host refused');
      case 'rejects':
        return Promise.reject(new Error('redis://user:secret@host refused'));
      case 'hangs':
        return new Promise(() => {});
      // Does what it is asked, and says so when nobody waits any more.
      case 'dawdles':
        return sleep(100).then(() => this.#inner.run(batch));
      default:
        return Promise.resolve().then(() => this.#inner.run(batch));
    }
  }
}
