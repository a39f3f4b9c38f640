import type { Decision } from './decision.js';
import type { StateOp, StateResult } from './state-store.js';

/**
 * What one room asks of shared state for one request. The rooms only ask; all questions of a request travel in one batch.
 */
export interface StateAsk {
  readonly ops: readonly StateOp[];
  /** Decides by the answers, one an operation. */
  settle(results: readonly StateResult[]): Decision;
  /** Decides without them, where the store cannot be asked. `error` is for the note alone. */
  outage(error: unknown): Decision;
}
