import type { DataSource } from 'typeorm';
import { SEEDED_ORDERS, SEEDED_USERS, type SeededName } from '../../../sample-app/database/seed-data.js';

/** A value that is nowhere else, and who may see it. */
export interface Canary {
  /** `users.alice.taxId` */
  readonly name: string;
  readonly value: string;
  readonly seenBy: ReadonlySet<SeededName>;
}

const NAMES = Object.keys(SEEDED_USERS) as SeededName[];
const NOBODY: SeededName[] = [];

let numbers = 0;

const ownerOf = (userId: string): SeededName => NAMES.find((name) => SEEDED_USERS[name].id === userId)!;

interface Column {
  readonly seenBy: (owner: SeededName) => readonly SeededName[];
  /** Numbers are told apart by their digits, dates by their day. */
  readonly number?: true;
  readonly date?: true;
}

const USER_COLUMNS: Readonly<Record<string, Column>> = {
  username: { seenBy: () => NOBODY },
  displayName: { seenBy: (owner) => [owner, 'root'] },
  email: { seenBy: (owner) => [owner, 'root'] },
  taxId: { seenBy: (owner) => [owner] },
  passwordHash: { seenBy: () => NOBODY },
  // What the list of users is in order by: no cursor may tell it either.
  createdAt: { seenBy: () => NOBODY, date: true },
};

const ORDER_COLUMNS: Readonly<Record<string, Column>> = {
  note: { seenBy: (owner) => [owner, 'sue', 'root'] },
  total: { seenBy: (owner) => [owner, 'sue', 'root'], number: true },
  internalNote: { seenBy: () => ['root'] },
  costPrice: { seenBy: () => ['sue', 'root'], number: true },
};

/** Every property of every seeded row with a value of its own, beside those that only say whose row it is. */
export const CANARIES: readonly Canary[] = [
  ...NAMES.flatMap((owner) => columns('users', owner, USER_COLUMNS, owner)),
  ...Object.entries(SEEDED_ORDERS).flatMap(([order, { userId }]) =>
    columns('orders', order, ORDER_COLUMNS, ownerOf(userId)),
  ),
  // Accounts are known to themselves and to the administrator; an order does not say whose it is.
  ...NAMES.map((owner) => ({
    name: `users.${owner}.id`,
    value: SEEDED_USERS[owner].id,
    seenBy: new Set<SeededName>([owner, 'root']),
  })),
];

/** Writes the canaries into the database. */
export async function placeCanaries(source: DataSource): Promise<void> {
  const idOf: Record<string, string> = Object.fromEntries(
    [...Object.entries(SEEDED_USERS), ...Object.entries(SEEDED_ORDERS)].map(([name, { id }]) => [name, id]),
  );
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
    seenBy: new Set(seenBy(owner)),
  }));
}
