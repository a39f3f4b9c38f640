import { setTimeout as sleep } from 'node:timers/promises';
import { postgresState } from 'nestjs-gatehouse/postgres';
import { describe, it } from 'vitest';
import { stateStoreContract } from '../../../lib/testing/index.js';
import { ownDatabase } from './own-database.js';

const database = ownDatabase();
let tables = 0;

describe('postgresState keeps the contract of state stores', () => {
  const cases = stateStoreContract(() => ({
    store: postgresState(database.pool, { table: `state_${++tables}` }),
    // A timer of Node may fire a little before its time.
    advance: (milliseconds) => sleep(milliseconds + 2),
  }));
  for (const { name, run } of cases) it(name, run);
});
