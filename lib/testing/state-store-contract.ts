import type { StateStore } from '../core/state-store.js';
import { countCases } from './count-cases.js';
import { valueCases } from './value-cases.js';

/** A store under test, empty, and a way to let time pass in it. */
export interface StoreUnderTest {
  readonly store: StateStore;
  /** Lets at least so many milliseconds pass: sets an injected clock forward, or waits a little longer. */
  readonly advance: (milliseconds: number) => void | Promise<void>;
}

/** One thing that a store must do. */
export interface ContractCase {
  readonly name: string;
  /** Throws an `AssertionError` where the store does not. */
  readonly run: () => Promise<void>;
}

/**
 * What every {@link StateStore} must do, for any test runner. `make` gives an empty store for each case. Where `advance` waits, a
 * whole run takes some ten seconds.
 *
 * @example
 * ```ts
 * for (const { name, run } of stateStoreContract(() => ({ store: myStore(), advance: (ms) => sleep(ms) }))) it(name, run);
 * ```
 */
export function stateStoreContract(make: () => StoreUnderTest | Promise<StoreUnderTest>): ContractCase[] {
  return [...valueCases, ...countCases].map(({ name, check }) => ({
    name,
    run: async () => check(await make()),
  }));
}
