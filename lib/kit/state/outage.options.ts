import { checkOptions, wholeNumber } from '../../core/options.js';

/**
 * What goes on while the state store does not answer.
 *
 * @example
 * ```ts
 * outage: { expectedInstances: 4 }
 * ```
 */
export interface OutageOptions {
  /** How long a request waits for the store, in milliseconds. Default 50. */
  readonly deadline?: number;
  /** How many instances share the store. While it is down, each admits its share of every limit. Default 1. */
  readonly expectedInstances?: number;
  /**
   * How long requests that change nothing go on without a look at what is revoked, from the last look that this instance had at the
   * token, in milliseconds. Default 60000; 0: not at all.
   */
  readonly readsFor?: number;
}

/** {@link OutageOptions}, checked and complete. */
export type OutageSettings = Required<OutageOptions>;

/**
 * Checks the `outage` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveOutage(raw: unknown = {}): OutageSettings {
  const options = checkOptions('outage', raw, ['deadline', 'expectedInstances', 'readsFor']);
  return {
    deadline: wholeNumber('outage.deadline', options['deadline'], { min: 1, max: 10_000, default: 50 }),
    expectedInstances: wholeNumber('outage.expectedInstances', options['expectedInstances'], {
      min: 1,
      max: 10_000,
      default: 1,
    }),
    readsFor: wholeNumber('outage.readsFor', options['readsFor'], {
      min: 0,
      max: 3_600_000,
      default: 60_000,
    }),
  };
}
