import type { PasswordHasher } from 'nestjs-gatehouse';
import type { EntityManager } from 'typeorm';
import { AccountMember } from './account-member.entity.js';
import { Account } from './account.entity.js';
import { OrderItem } from './order-item.entity.js';
import { NO_TENANT } from './no-tenant.js';
import { Order } from './order.entity.js';
import { priced } from './price-list.js';
import { SEEDED_ACCOUNTS, SEEDED_ORDERS, SEEDED_TENANTS, SEEDED_USERS } from './seed-data.js';
import { User } from './user.entity.js';

const AN_HOUR = 3_600_000;
// Late enough that they can still be refunded.
const FIRST_ORDER = Date.now() - 72 * AN_HOUR;

// No hash at all: no password matches it.
const NO_PASSWORD = 'none';
const UNCHECKED = 'whoever starts a demo chooses its password';

/**
 * Fills an empty database, and gives the seeded users that are there the password of this start. Without a password none of them
 * can log in.
 */
export async function seed(
  manager: EntityManager,
  passwords: PasswordHasher,
  password: string | undefined,
): Promise<void> {
  // One hash for all: they share the password anyway.
  const passwordHash =
    password === undefined ? NO_PASSWORD : await passwords.hash(password, { unchecked: UNCHECKED });
  if (!(await manager.exists(User))) {
    await insertNew(manager, passwordHash, () => true);
    return;
  }
  const { north, south } = SEEDED_TENANTS;
  const { affected } = await manager.update(User, { tenantId: NO_TENANT }, { tenantId: north });
  if (affected) {
    // From before there were tenants: what is there is the first one's, and the second one comes beside it.
    await manager.update(Order, { tenantId: NO_TENANT }, { tenantId: north });
    await insertNew(manager, passwordHash, ({ tenantId }) => tenantId === south);
  }
  for (const { id } of Object.values(SEEDED_USERS)) await manager.update(User, { id }, { passwordHash });
}

async function insertNew(
  manager: EntityManager,
  passwordHash: string,
  isWanted: (row: { readonly tenantId?: string }) => boolean,
): Promise<void> {
  await manager.insert(User, newUsers(passwordHash).filter(isWanted));
  await manager.save(newAccounts().filter(isWanted));
  await manager.save(newOrders().filter(isWanted));
}

function newUsers(passwordHash: string): Array<Partial<User>> {
  const createdAt = new Date(FIRST_ORDER);
  return Object.values(SEEDED_USERS).map((user) => ({
    ...user,
    roles: [...user.roles],
    passwordHash,
    createdAt,
  }));
}

function newAccounts(): Account[] {
  return Object.values(SEEDED_ACCOUNTS).map(({ members, ...account }) =>
    Object.assign(new Account(), {
      ...account,
      createdAt: new Date(FIRST_ORDER),
      members: members.map((userId) => Object.assign(new AccountMember(), { accountId: account.id, userId })),
    }),
  );
}

function newOrders(): Order[] {
  return Object.values(SEEDED_ORDERS).map(({ lines, ...order }, index) => {
    const createdAt = new Date(FIRST_ORDER + index * AN_HOUR);
    const { items, total, costPrice } = priced(lines);
    return Object.assign(new Order(), {
      ...order,
      total,
      costPrice,
      createdAt,
      items: items.map((item) => Object.assign(new OrderItem(), item)),
    });
  });
}
