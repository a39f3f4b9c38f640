import { deepStrictEqual, ok } from 'node:assert';
import type { Consume, Consumed, Rate, StateOp, StateResult, StateStore } from '../core/state-store.js';
import type { StoreUnderTest } from './state-store-contract.js';

/** One case of the contract, before it has a store. */
export interface Case {
  readonly name: string;
  readonly check: (under: StoreUnderTest) => Promise<void>;
}

/** A charge: `limit` units in 2 s by the cell rate algorithm, unless `rest` says otherwise. */
export function consume(
  key: string,
  limit: number,
  rest: Partial<Rate> & { cost?: number; enforced?: boolean } = {},
): Consume {
  const { cost = 1, enforced = true, ...rate } = rest;
  const full: Rate = { algorithm: 'gcra', limit, period: 2000, burst: limit, block: 0, ...rate };
  return { op: 'consume', key, rate: full, cost, enforced };
}

/** Runs one operation. */
export async function one(store: StateStore, op: StateOp): Promise<StateResult> {
  const results = await store.run([op]);
  deepStrictEqual(results.length, 1);
  return results[0];
}

/** Runs one charge. */
export async function hit(store: StateStore, op: Consume): Promise<Consumed> {
  return (await one(store, op)) as Consumed;
}

/** How often a charge is admitted before it is denied. */
export async function admissions(store: StateStore, op: Consume): Promise<number> {
  for (let count = 0; count <= 200; count++) if (!(await hit(store, op)).allowed) return count;
  throw new Error('more than 200 were admitted');
}

/** Compares an answer with what it would be if no time had passed since `began` (of `performance.now()`). */
export function matches(actual: Consumed, expected: Consumed, began: number): void {
  const passed = Math.ceil(performance.now() - began) + 1;
  deepStrictEqual([actual.allowed, actual.remaining], [expected.allowed, expected.remaining]);
  for (const time of ['retryAfter', 'resetAfter'] as const) {
    ok(Number.isInteger(actual[time]), `${time} is ${actual[time]}, no whole number`);
    const fits = actual[time] <= expected[time] && actual[time] >= Math.max(0, expected[time] - passed);
    ok(fits, `${time} is ${actual[time]}, expected ${expected[time]} less the ${passed} ms that passed`);
  }
}
