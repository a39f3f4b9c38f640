import type { Principal } from '../../../lib/core/principal.js';

/** Ids that differ only in case, that look like numbers, and that want to be SQL. */
export const USERS = ['alice', 'Alice', 'bob', '42', "o'hara; --"];
/** Larger than a number can tell from its neighbour. */
export const HUGE = '9007199254740993';

/** The rows of a shop, by table. */
export type ShopRows = Readonly<Record<(typeof TABLES)[number], ReadonlyArray<Record<string, unknown>>>>;

export const TABLES = ['accounts', 'members', 'badges', 'shops', 'clerks', 'orders', 'watchers'] as const;

/** The statements that make the tables; `bool` and `uuid` as the database calls them. */
export function schema(uuid: string): readonly string[] {
  return [
    `CREATE TABLE accounts (id integer PRIMARY KEY, "ownerId" text, plan text, "tenantId" text, "deletedAt" timestamp)`,
    `CREATE TABLE members (id integer PRIMARY KEY, "userId" text, level integer NOT NULL, active boolean NOT NULL, "accountId" integer NOT NULL REFERENCES accounts)`,
    `CREATE TABLE badges (id integer PRIMARY KEY, name text, "memberId" integer NOT NULL REFERENCES members)`,
    `CREATE TABLE shops (id integer PRIMARY KEY, "managerId" text NOT NULL, "seniorId" bigint NOT NULL)`,
    `CREATE TABLE clerks (id integer PRIMARY KEY, "userId" text NOT NULL, "shopId" integer NOT NULL REFERENCES shops)`,
    `CREATE TABLE orders (id ${uuid} PRIMARY KEY, "userId" text NOT NULL, "tenantId" text, status text NOT NULL, total integer NOT NULL, paid boolean NOT NULL, note text, "buyerId" bigint, "sellerId" integer, "accountId" integer REFERENCES accounts, "shopId" integer NOT NULL REFERENCES shops)`,
    `CREATE TABLE watchers (id integer PRIMARY KEY, "userId" text NOT NULL, role text, "orderId" ${uuid} NOT NULL REFERENCES orders)`,
  ];
}

/** A uuid that says which one it is. */
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Random rows: NULLs everywhere, relations that lead nowhere, to one row and to several. */
export function shopRows(seed: number, huge: boolean): ShopRows {
  const random = generator(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const rows = (count: number, row: (id: number) => Record<string, unknown>) =>
    Array.from({ length: count }, (_, n) => row(n + 1));
  const user = () => pick(USERS);
  const big = () => pick(huge ? ['42', '7', HUGE] : ['42', '7']);
  return {
    accounts: rows(9, (id) => ({
      id,
      ownerId: pick([user(), null]),
      plan: pick([null, 'pro', 'Pro']),
      tenantId: pick([null, 't1', 'T1']),
    })),
    members: rows(18, (id) => ({
      id,
      userId: pick([user(), user(), null]),
      level: pick([1, 2]),
      active: pick([true, false]),
      accountId: pick([1, 2, 3, 4, 5, 6]),
    })),
    badges: rows(24, (id) => ({
      id,
      name: pick([null, 'gold', 'Gold']),
      memberId: 1 + Math.floor(random() * 14),
    })),
    shops: rows(4, (id) => ({ id, managerId: user(), seniorId: big() })),
    clerks: rows(5, (id) => ({ id, userId: user(), shopId: pick([1, 2]) })),
    orders: rows(60, (n) => ({
      id: uuid(n),
      userId: user(),
      tenantId: pick([null, 't1', 'T1']),
      status: pick(['open', 'paid', 'Open']),
      total: pick([0, -5, 7]),
      paid: pick([true, false]),
      note: pick([null, '', 'x']),
      buyerId: pick([null, big()]),
      sellerId: pick([null, 42, 7]),
      accountId: pick([null, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
      shopId: pick([1, 2, 3, 4]),
    })),
    watchers: rows(50, (id) => ({
      id,
      userId: user(),
      role: pick([null, 'editor']),
      orderId: uuid(1 + Math.floor(random() * 40)),
    })),
  };
}

/** `INSERT` statements of the rows, with literals. */
export function inserts(rows: ShopRows): readonly string[] {
  const literal = (value: unknown): string =>
    value === null || typeof value === 'boolean' || typeof value === 'number'
      ? String(value)
      : `'${(value as string).replaceAll("'", "''")}'`;
  return TABLES.map((table) => {
    const columns = Object.keys(rows[table][0]!);
    const values = rows[table].map((row) => `(${columns.map((column) => literal(row[column])).join(', ')})`);
    return `INSERT INTO ${table} (${columns.map((column) => `"${column}"`).join(', ')}) VALUES ${values.join(', ')}`;
  });
}

/** A caller with the parts that rules read. */
export function caller(part: Partial<Principal>): Principal {
  return { id: 'alice', roles: [], scopes: [], claims: {}, method: 'jwt', authenticatedAt: 0, ...part };
}

// mulberry32
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
