import { type DataSource, In } from 'typeorm';
import { Order } from './order.entity.js';
import { SEEDED_ORDERS, SEEDED_USERS } from './seed-data.js';
import { User } from './user.entity.js';

/** What is left of the seeded rows in a database that others have worked with. */
export interface SeededRows {
  /** As they are now: their roles may be others. */
  readonly users: ReadonlyArray<Pick<User, 'id' | 'username' | 'roles' | 'tenantId'>>;
  /** Whether no user and no order is gone. */
  readonly isWhole: boolean;
}

/** Reads the seeded users, in the order of the seed. */
export async function seededRows(source: DataSource): Promise<SeededRows> {
  const ids = Object.values(SEEDED_USERS).map(({ id }) => id as string);
  const orders = Object.values(SEEDED_ORDERS).map(({ id }) => id as string);
  const found = await source.getRepository(User).findBy({ id: In(ids) });
  const users = found.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  const left = await source.getRepository(Order).countBy({ id: In(orders) });
  return { users, isWhole: users.length === ids.length && left === orders.length };
}
