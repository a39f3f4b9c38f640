import * as fc from 'fast-check';
import { ruleBuilder } from '../../../lib/policy/rule.js';

/** A row as the database has it, whatever the data source makes of it. */
export interface EntryData {
  readonly id: number;
  readonly userId: string;
  readonly label: string;
  readonly weight: number;
  readonly place: string;
  readonly kind: 'low' | 'high';
  readonly flag: boolean;
  readonly price: number;
  /** Milliseconds. */
  readonly at: number;
  readonly note: string | null;
  readonly teamId: number | null;
}

/** A row whose id is of two properties. */
export interface SeatData {
  readonly row: number;
  readonly letter: string;
  readonly userId: string;
  readonly weight: number;
}

export class EntryRules {
  userId!: string;
  team!: { members: Array<{ userId: string }> } | null;
}
const r = ruleBuilder<EntryRules>(['userId']);
/** alice is in team 1, and twice: a join finds a row of it twice. */
export const RULE = r.any(r.owner(), r.owner('team.members.userId'));
export const mayRead = ({ userId, teamId }: EntryData) => userId === 'alice' || teamId === 1;

const uuid = (n: number) => `0000000${n}-0000-4000-8000-00000000000${(n * 7) % 10}`;
const DAY = Date.UTC(2026, 10, 28);

/** Few values, so that many rows are equal in them. Ids past 32 bits. */
export const anEntry: fc.Arbitrary<Omit<EntryData, 'id'>> = fc.record({
  userId: fc.constantFrom('alice', 'alice', 'bob', 'carol'),
  label: fc.constantFrom('', 'a', 'ab', 'b', 'c'.repeat(40)),
  weight: fc.constantFrom(-2147483648, -1, 0, 1, 2, 2147483647),
  place: fc.nat({ max: 4 }).map(uuid),
  kind: fc.constantFrom('low', 'high'),
  flag: fc.boolean(),
  price: fc.constantFrom(-1.5, 0, 0.25, 1e9),
  at: fc.constantFrom(DAY, DAY + 1, DAY + 2, DAY + 999, DAY - 1),
  note: fc.constantFrom(null, 'x', 'y'),
  teamId: fc.constantFrom(null, 1, 2),
});
export const someEntries: fc.Arbitrary<EntryData[]> = fc
  .array(anEntry, { maxLength: 24 })
  .map((rows) => rows.map((row, at) => ({ ...row, id: at % 2 === 0 ? at - 5 : 4_000_000_000_000 + at })));
export const someSeats: fc.Arbitrary<SeatData[]> = fc.uniqueArray(
  fc.record({
    row: fc.constantFrom(-1, 1, 2, 3),
    letter: fc.constantFrom('a', 'b', 'c', 'd'),
    userId: fc.constantFrom('alice', 'alice', 'bob'),
    weight: fc.constantFrom(1, 2),
  }),
  { selector: ({ row, letter }) => `${row}${letter}`, maxLength: 12 },
);

/** Tables and the rows that never change. `date`: of which type the data source keeps dates. */
export function entrySchema(onPostgres: boolean, date: string): string[] {
  const uuidType = onPostgres ? 'uuid' : 'text';
  const exact = onPostgres ? 'timestamptz(6)' : date;
  return [
    ...(onPostgres ? [`CREATE TYPE "Kind" AS ENUM ('low', 'high')`] : []),
    `CREATE TABLE teams (id integer PRIMARY KEY)`,
    `CREATE TABLE team_members (id integer PRIMARY KEY, "userId" text NOT NULL, "teamId" integer NOT NULL)`,
    `CREATE TABLE entries (id bigint PRIMARY KEY, "userId" text NOT NULL, label varchar(40) NOT NULL, weight integer NOT NULL,
      place ${uuidType} NOT NULL, kind ${onPostgres ? '"Kind"' : 'text'} NOT NULL, flag boolean NOT NULL, price double precision NOT NULL,
      at ${onPostgres ? 'timestamptz(3)' : date} NOT NULL, exact ${exact} NOT NULL, note text, body text NOT NULL, "teamId" integer)`,
    `CREATE TABLE seats ("row" integer NOT NULL, letter varchar(8) NOT NULL, "userId" text NOT NULL, weight integer NOT NULL, PRIMARY KEY ("row", letter))`,
    `INSERT INTO teams VALUES (1), (2)`,
    `INSERT INTO team_members VALUES (1, 'alice', 1), (2, 'alice', 1), (3, 'bob', 1), (4, 'bob', 2)`,
  ];
}

/** The statements that make rows the only ones. */
export function entryRows(rows: readonly EntryData[], date: (milliseconds: number) => string): string[] {
  const text = (value: string | null) => (value === null ? 'NULL' : `'${value}'`);
  const values = rows.map(
    (row) =>
      `(${row.id}, ${text(row.userId)}, ${text(row.label)}, ${row.weight}, ${text(row.place)}, ${text(row.kind)}, ${row.flag}, ${row.price}, ${date(row.at)}, ${date(row.at)}, ${text(row.note)}, 'b', ${row.teamId ?? 'NULL'})`,
  );
  return ['DELETE FROM entries', ...(rows.length > 0 ? [`INSERT INTO entries VALUES ${values.join()}`] : [])];
}

/** The same of {@link SeatData}. */
export function seatRows(rows: readonly SeatData[]): string[] {
  const values = rows.map(
    ({ row, letter, userId, weight }) => `(${row}, '${letter}', '${userId}', ${weight})`,
  );
  return ['DELETE FROM seats', ...(rows.length > 0 ? [`INSERT INTO seats VALUES ${values.join()}`] : [])];
}
