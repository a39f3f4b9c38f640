import type { DataSource } from 'typeorm';
import {
  SEEDED_ACCOUNTS,
  SEEDED_ORDERS,
  SEEDED_TENANTS,
  SEEDED_USERS,
  type SeededName,
} from '../../../sample-app/database/seed-data.js';

/** A value that is nowhere else, and who may see it. */
export interface Canary {
  /** `users.alice.taxId` */
  readonly name: string;
  readonly value: string;
  readonly seenBy: ReadonlySet<SeededName>;
}

const NAMES = Object.keys(SEEDED_USERS) as SeededName[];
const NOBODY: SeededName[] = [];

/** An order of alice's that is of the account which she shares with bob, as one of bob's is. */
const SHARED = 'alicePaid';
const TEAM_ORDERS = [SHARED, 'kitchenOpen'];

let numbers = 0;

const ownerOf = (userId: string): SeededName => NAMES.find((name) => SEEDED_USERS[name].id === userId)!;

/** Those of the owner's tenant who have this role, or one that includes it. */
function staffOf(owner: SeededName, ...roles: readonly string[]): SeededName[] {
  const { tenantId } = SEEDED_USERS[owner];
  return NAMES.filter(
    (name) =>
      SEEDED_USERS[name].tenantId === tenantId &&
      SEEDED_USERS[name].roles.some((role) => roles.includes(role)),
  );
}
const supportOf = (owner: SeededName) => staffOf(owner, 'support', 'admin');
const adminsOf = (owner: SeededName) => staffOf(owner, 'admin');

/** With whom somebody is in an account. */
function teamOf(owner: SeededName): SeededName[] {
  return Object.values(SEEDED_ACCOUNTS)
    .map(({ members }): readonly string[] => members)
    .filter((members) => members.includes(SEEDED_USERS[owner].id))
    .flatMap((members) => [...members.map(ownerOf), ...supportOf(owner)]);
}

interface Column {
  readonly seenBy: (owner: SeededName, row: string) => readonly SeededName[];
  /** Numbers are told apart by their digits, dates by their day. */
  readonly number?: true;
  readonly date?: true;
}

const USER_COLUMNS: Readonly<Record<string, Column>> = {
  username: { seenBy: () => NOBODY },
  displayName: { seenBy: (owner) => [owner, ...adminsOf(owner)] },
  email: { seenBy: (owner) => [owner, ...adminsOf(owner)] },
  taxId: { seenBy: (owner) => [owner] },
  passwordHash: { seenBy: () => NOBODY },
  // What the list of users is in order by: no cursor may tell it either.
  createdAt: { seenBy: () => NOBODY, date: true },
};

const ORDER_COLUMNS: Readonly<Record<string, Column>> = {
  note: { seenBy: (owner) => [owner, ...supportOf(owner)] },
  total: {
    seenBy: (owner, row) => [owner, ...(TEAM_ORDERS.includes(row) ? teamOf(owner) : []), ...supportOf(owner)],
    number: true,
  },
  internalNote: { seenBy: adminsOf },
  costPrice: { seenBy: supportOf, number: true },
};

const ACCOUNT_COLUMNS: Readonly<Record<string, Column>> = {
  name: { seenBy: (owner) => [owner, ...teamOf(owner)] },
};

/** Every property of every seeded row with a value of its own, beside those that only say whose row it is. */
export const CANARIES: readonly Canary[] = [
  ...NAMES.flatMap((owner) => columns('users', owner, USER_COLUMNS, owner)),
  ...Object.entries(SEEDED_ORDERS).flatMap(([order, { userId }]) =>
    columns('orders', order, ORDER_COLUMNS, ownerOf(userId)),
  ),
  ...Object.entries(SEEDED_ACCOUNTS).flatMap(([account, { ownerId }]) =>
    columns('accounts', account, ACCOUNT_COLUMNS, ownerOf(ownerId)),
  ),
  // Users are known to themselves, to the administrator and in their accounts; an order does not say whose it is.
  ...NAMES.map((owner) => ({
    name: `users.${owner}.id`,
    value: SEEDED_USERS[owner].id,
    seenBy: new Set<SeededName>([owner, ...teamOf(owner), ...adminsOf(owner)]),
  })),
  // Whose shop it is is nobody's to read, not even of those whose it is.
  ...Object.entries(SEEDED_TENANTS).map(([name, value]) => ({
    name: `tenants.${name}.id`,
    value,
    seenBy: new Set<SeededName>(),
  })),
];

/** Writes the canaries into the database. */
export async function placeCanaries(source: DataSource): Promise<void> {
  const idOf: Record<string, string> = Object.fromEntries(
    [SEEDED_USERS, SEEDED_ORDERS, SEEDED_ACCOUNTS]
      .flatMap((rows) => Object.entries(rows as Record<string, { readonly id: string }>))
      .map(([name, { id }]) => [name, id]),
  );
  await source.query('UPDATE orders SET "accountId" = ? WHERE id = ?', [
    SEEDED_ACCOUNTS.kitchen.id,
    idOf[SHARED],
  ]);
  for (const { name, value } of CANARIES) {
    const [table, row, column] = name.split('.') as [string, string, string];
    if (column === 'id') continue;
    const stored = column === 'createdAt' ? `${value} 10:00:00.000` : value;
    await source.query(`UPDATE ${table} SET "${column}" = ? WHERE id = ?`, [stored, idOf[row]!]);
  }
  // Row numbers of order lines are nobody's business either.
  await source.query('UPDATE order_items SET "lineId" = "lineId" + 777700000000');
}

/** What a text shows that `viewer` may not see. */
export function leaksIn(text: string, viewer: SeededName | 'nobody'): string[] {
  const leaked = CANARIES.filter(
    ({ value, seenBy }) => text.includes(value) && (viewer === 'nobody' || !seenBy.has(viewer)),
  ).map(({ name }) => name);
  return text.includes('77770000000') ? [...leaked, 'order_items.lineId'] : leaked;
}

/** What `viewer` may see and the text does not show. */
export function missingIn(text: string, viewer: SeededName | 'nobody'): string[] {
  if (viewer === 'nobody') return [];
  return CANARIES.filter(({ value, seenBy }) => seenBy.has(viewer) && !text.includes(value)).map(
    ({ name }) => name,
  );
}

function columns(
  table: string,
  row: string,
  declared: Readonly<Record<string, Column>>,
  owner: SeededName,
): Canary[] {
  return Object.entries(declared).map(([column, { seenBy, number, date }]) => ({
    name: `${table}.${row}.${column}`,
    value: date
      ? `1987-03-${10 + numbers++}`
      : number
        ? String(600_000_000_000 + numbers++)
        : `canary-${row}-${column}-yranac`,
    seenBy: new Set(seenBy(owner, row)),
  }));
}
