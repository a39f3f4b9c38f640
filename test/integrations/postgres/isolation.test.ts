import { postgresState } from 'nestjs-gatehouse/postgres';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { limited } from './caller.js';
import { openPool } from './open-pool.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await emptyPostgres();
});
afterAll(() => database.drop());

describe.each(['serializable', 'repeatable read'])('a pool at %s', (level) => {
  const pools: Pool[] = [];
  const poolAt = (isolation: string) => {
    const options = `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`;
    pools.push(openPool(database.url, { options }));
    return pools.at(-1)!;
  };
  afterAll(() => Promise.all(pools.map((pool) => pool.end())));

  it('is refused, before and after the set-up, and nothing is charged', async () => {
    const table = `state_${level.replace(' ', '_')}`;
    const charge = [limited('gcra', 'k', 2)];
    const wrong = postgresState(poolAt(level), { table });
    await expect(wrong.run(charge)).rejects.toThrow(
      /READ COMMITTED only.*default_transaction_isolation=read\\\\ committed/s,
    );
    const right = postgresState(poolAt('read committed'), { table });
    expect(await right.run(charge)).toMatchObject([{ allowed: true, remaining: 1 }]);
    const refused = await Promise.allSettled(Array.from({ length: 20 }, async () => wrong.run(charge)));
    expect(refused.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect(await right.run(charge)).toMatchObject([{ allowed: true, remaining: 0 }]);
  });
});
