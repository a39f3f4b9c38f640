import type { ComparePace } from '../harness/compare.js';
import type { Pace } from '../harness/measure.js';
import type { Progress } from '../harness/progress.js';

/** How thorough a run is, and where it says what it does. */
export interface Run {
  readonly quick: boolean;
  readonly progress: Progress;
  /** For loads over HTTP. */
  readonly pace: Pace;
  /** For what is measured in this process. */
  readonly compare: ComparePace;
}

/** About eleven minutes, or under two: a quick run shows that everything runs, and its figures say little. */
export function runOf(quick: boolean, progress: Progress): Run {
  return quick
    ? {
        quick,
        progress,
        pace: { warmUp: { requests: 100 }, approach: 10, window: 40, rounds: 1 },
        compare: { rounds: 3, window: 10 },
      }
    : {
        quick,
        progress,
        pace: { warmUp: { requests: 1500, milliseconds: 4000 }, approach: 60, window: 200, rounds: 6 },
        compare: { rounds: 9, window: 30 },
      };
}
