import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SEEDED_ORDERS, SEEDED_USERS } from '../../../sample-app/database/seed-data.js';
import { ADAPTERS } from '../../support/start-app.js';
import { openTarget, type Target, type TargetOptions } from './target.js';

/** What an attack came to; whatever else it says is shown where a test fails. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly [evidence: string]: unknown;
}

/** One attack, run against the unprotected twin, where it must succeed, and against the shop, where it must not. */
export interface Attack {
  readonly name: string;
  /** Handlers of the shop that may run: where the attack is on what they answer, or comes after what anybody may do. */
  readonly mayRun?: readonly string[] | 'any';
  /** The request is allowed, and may change data; only what it shows is not. */
  readonly mayStore?: boolean;
  run(target: Target): Promise<Outcome>;
}

/** How attacks are run, beside what the targets are like. */
export interface AttackOptions extends TargetOptions {
  /** A new shop for each attack, because what one does to its limits would decide the next. */
  readonly freshShop?: boolean;
}

/** Runs attacks on both adapters. */
export function describeAttacks(
  title: string,
  attacks: readonly Attack[],
  options: AttackOptions = {},
): void {
  describe.each(ADAPTERS)(`${title} on %s`, (adapter) => {
    let twin: Target;
    let shop: Target;

    beforeAll(async () => {
      twin = await openTarget('twin', adapter, options);
      shop = await openTarget('shop', adapter, options);
    });
    afterAll(async () => {
      await twin?.close();
      await shop?.close();
    });
    beforeEach(async () => {
      await twin.reset();
      if (!options.freshShop) return shop.reset();
      await shop.close();
      shop = await openTarget('shop', adapter, options);
    });

    it('control: who may, gets in', async () => {
      for (const target of [twin, shop]) {
        expect((await target.as.alice.get('/me')).body).toMatchObject({ id: SEEDED_USERS.alice.id });
        expect(target.executions).toHaveLength(1);
        // The twin knows no tenants.
        const users = target === twin ? 7 : 4;
        expect((await target.as.root.get('/users')).body.items).toHaveLength(users);
        expect((await target.as.alice.get(`/orders/${SEEDED_ORDERS.aliceOpen.id}`)).status).toBe(200);
        expect(target.executions).toHaveLength(3);
      }
    });

    it.each(attacks)('$name', async (attack) => {
      const outcome = await attack.run(twin);
      expect(outcome.succeeded, `on the twin: ${inspect(outcome)}`).toBe(true);
      await expectRepelled(attack, shop);
    });
  });
}

/** The attack fails, no handler runs that should not, nothing is stored, and nothing breaks. */
export async function expectRepelled(
  { run, mayRun = [], mayStore = false }: Attack,
  shop: Target,
): Promise<void> {
  const before = await shop.rows();
  const outcome = await run(shop);
  expect(outcome.succeeded, `on the shop: ${inspect(outcome)}`).toBe(false);
  if (mayRun !== 'any') expect(shop.executions.filter((handler) => !mayRun.includes(handler))).toEqual([]);
  if (!mayStore) expect(await shop.rows()).toEqual(before);
  expect(shop.events.filter((event) => 'status' in event && event.status >= 500)).toEqual([]);
}
