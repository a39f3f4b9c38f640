import * as fc from 'fast-check';
import { PageQuery } from 'nestjs-gatehouse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepListing, Listing, type ListFilter, type ListPlan } from '../../../lib/core/listing.js';
import type { Page } from '../../../lib/core/page.js';
import type { Principal } from '../../../lib/core/principal.js';
import type { LoaderFactory } from '../../../lib/core/resource-loader.js';
import { CursorCodec } from '../../../lib/pipeline/lists/cursor-codec.js';
import { RequestCursors } from '../../../lib/pipeline/lists/request-cursors.js';
import type { Direction } from '../../../lib/policy/keyset.js';
import type { ColumnFilter } from '../../../lib/policy/list-columns.js';
import type { RuleNode } from '../../../lib/policy/rule.js';
import {
  entryRows,
  mayRead,
  RULE,
  seatRows,
  someEntries,
  someSeats,
  type EntryData,
  type SeatData,
} from './entry-data.js';

type Row = Readonly<Record<string, unknown>>;

/** One class of a data source, and its `page()`. */
export interface PagedClass {
  readonly entity: new () => object;
  readonly factory: LoaderFactory<object>;
  page(
    mine: never,
    query: PageQuery,
    options?: { where?: never; order?: Record<string, Direction> },
  ): Promise<Page<Row>>;
}

/** A data source on one database. */
export interface PagedSource {
  readonly entries: PagedClass;
  readonly seats: PagedClass;
  /** What `resolve` finds. */
  readonly provided: object;
  /** `weight = 1` as the application writes it beside the rule. */
  readonly light: object;
  /** Whether the data source knows that `kind` is one of a few words. */
  readonly enums: boolean;
  /** Whether the database knows more of a date than milliseconds. */
  readonly exactDates: boolean;
  run(statement: string): Promise<unknown>;
  date(milliseconds: number): string;
  close(): Promise<unknown>;
}

const ALICE = { id: 'alice', roles: [], scopes: [], claims: {} } as unknown as Principal;
const REFUSED = {
  reason: 'input.invalid',
  errors: [{ pointer: '/cursor', code: 'cursor', detail: 'is no cursor of this list' }],
} as const;
const codec = new CursorCodec(Buffer.alloc(32, 3));
const OWNER: RuleNode = { kind: 'owner', path: ['userId'] };
const FILTERS: readonly ListFilter[] = (
  [
    { name: 'label', property: 'label', operator: 'equals' },
    { name: 'weights', property: 'weight', operator: 'in' },
    { name: 'place', property: 'place', operator: 'equals' },
    { name: 'kind', property: 'kind', operator: 'equals' },
    { name: 'flag', property: 'flag', operator: 'equals' },
    { name: 'minPrice', property: 'price', operator: 'from' },
    { name: 'since', property: 'at', operator: 'from' },
    { name: 'until', property: 'at', operator: 'to' },
    { name: 'note', property: 'note', operator: 'equals' },
    { name: 'id', property: 'id', operator: 'equals' },
  ] as const
).map((filter) => ({ ...filter, key: `${filter.name}-sent` }));
const ENTRIES = { ids: ['id'], owner: ['userId'], filters: FILTERS, sort: 'sort' };
const SEATS = { ids: ['row', 'letter'], owner: ['userId'], filters: [], sort: 'sort' };

/**
 * What every `page()` has to do.
 *
 * @param sized whether the schema says how long texts are, and which are UUIDs: Prisma's has no such types for SQLite
 */
export function pagesContract(
  name: string,
  open: () => Promise<PagedSource>,
  runs: number,
  sized = true,
): void {
  describe(`pages of ${name}`, () => {
    let source: PagedSource;
    beforeAll(async () => void (source = await open()), 60_000);
    afterAll(() => source?.close());

    const plans = new Map<PagedClass, ListPlan>();
    const planOf = (paged: PagedClass): ListPlan => {
      const known =
        plans.get(paged) ??
        ({ entity: paged.entity, ...(paged === source.seats ? SEATS : ENTRIES) } as const);
      plans.set(paged, known);
      return known;
    };
    const contextOf = (paged: PagedClass) => ({
      entity: paged.entity,
      ids: planOf(paged).ids,
      resolve: () => source.provided as never,
    });
    const mineOf = (paged: PagedClass, rule: RuleNode = RULE.node) =>
      paged.factory.query!(contextOf(paged), rule)(ALICE, { roles: new Set() }) as object;
    const ask = (paged: PagedClass, mine: object, sent: object, cursor?: string, options = {}) => {
      const cursors = new RequestCursors(codec, 'list', 'alice', {}, [], REFUSED);
      if (cursor !== undefined) expect(cursors.open(cursor)).toBe(true);
      keepListing(mine, new Listing(planOf(paged), cursors));
      return paged.page(mine as never, Object.assign(new PageQuery(), sent), options);
    };
    const walk = async (paged: PagedClass, sent: object, options = {}, rule = RULE.node) => {
      const rows: Row[] = [];
      let cursor: string | undefined;
      for (let n = 0; n < 60; n++) {
        const { items, nextCursor } = await ask(paged, mineOf(paged, rule), sent, cursor, options);
        rows.push(...items);
        if (nextCursor === null) return rows;
        expect(items).toHaveLength((sent as PageQuery).limit);
        cursor = nextCursor;
      }
      throw new Error('The pages have no end.');
    };
    const fill = async (rows: readonly EntryData[]) => {
      for (const statement of entryRows(rows, (at) => source.date(at))) await source.run(statement);
    };
    const cursorFor = (position: ReadonlyArray<string | number | boolean>) =>
      new RequestCursors(codec, 'list', 'alice', {}, [], REFUSED).seal(position);

    const filters = fc.record(
      {
        label: fc.constantFrom('a', 'ab', 'zz'),
        weights: fc.subarray([-1, 0, 1, 2147483647], { minLength: 1 }),
        place: fc.constantFrom(
          '00000001-0000-4000-8000-000000000007',
          '00000009-0000-4000-8000-000000000003',
        ),
        kind: fc.constantFrom('low', 'high'),
        flag: fc.boolean(),
        minPrice: fc.constantFrom(-1.5, 0.25, 0.3),
        since: fc.constantFrom(0, 1, 2).map((ms) => new Date(Date.UTC(2026, 10, 28) + ms)),
        until: fc.constantFrom(0, 1, 998).map((ms) => new Date(Date.UTC(2026, 10, 28) + ms)),
        note: fc.constantFrom('x', 'z'),
        id: fc.constantFrom(-5, 4_000_000_000_001),
      },
      { requiredKeys: [] },
    );
    // Most requests have one filter or none: of all at once nothing is left.
    const fewFilters = fc
      .tuple(filters, fc.array(fc.constantFrom(...FILTERS.map((filter) => filter.name)), { maxLength: 2 }))
      .map(([all, names]) => Object.fromEntries(Object.entries(all).filter(([key]) => names.includes(key))));
    const SORTS = ['id', 'weight', 'at', ...(sized ? ['label', 'place'] : [])];
    const order = fc.oneof(
      fc.constantFrom(...SORTS, ...SORTS.map((key) => `-${key}`)).map((sort) => ({ sort, by: undefined })),
      fc
        .tuple(
          fc.shuffledSubarray(SORTS, { minLength: 0, maxLength: 3 }),
          fc.array(fc.constantFrom<Direction>('ASC', 'DESC'), { minLength: 3, maxLength: 3 }),
        )
        .map(([keys, directions]) => ({
          sort: undefined,
          by: Object.fromEntries(keys.map((key, at) => [key, directions[at]!])),
        })),
    );

    it('are the sorted and filtered rows that the rule admits, each once, whatever the order and the size', async () => {
      await fc.assert(
        fc.asyncProperty(
          someEntries,
          fewFilters,
          order,
          fc.nat({ max: 6 }),
          fc.boolean(),
          async (rows, sent, { sort, by }, more, light) => {
            await fill(rows);
            const found = await walk(
              source.entries,
              { ...sent, ...(sort !== undefined && { sort }), limit: 1 + more },
              { ...(by && { order: by }), ...(light && { where: source.light }) },
            );
            const admitted = rows.filter(
              (row) => mayRead(row) && (!light || row.weight === 1) && passes(row, sent),
            );
            expect(found.map(({ id }) => Number(id))).toEqual(
              sorted(admitted, keysOf(sort, by, ['id'])).map(({ id }) => id),
            );
            for (const row of found) expect(row).toBeInstanceOf(source.entries.entity);
          },
        ),
        { numRuns: runs },
      );
    }, 240_000);

    it('have a place for every row of a composite id', async () => {
      await fc.assert(
        fc.asyncProperty(
          someSeats,
          fc.constantFrom('row', '-row', 'letter', '-letter', 'weight', '-weight', undefined),
          fc.nat({ max: 3 }),
          async (rows, sort, more) => {
            for (const statement of seatRows(rows)) await source.run(statement);
            const sent = { ...(sort !== undefined && { sort }), limit: 1 + more };
            const found = await walk(source.seats, sent, {}, OWNER);
            const own = rows.filter(({ userId }) => userId === 'alice');
            expect(found.map(({ row, letter }) => `${String(row)}${String(letter)}`)).toEqual(
              sorted(own, keysOf(sort, undefined, ['row', 'letter'])).map(
                ({ row, letter }) => `${row}${letter}`,
              ),
            );
          },
        ),
        { numRuns: Math.ceil(runs / 3) },
      );
    }, 240_000);

    it('are of no row where the rule admits none, and where it is no alternative', async () => {
      await fill(ROWS);
      expect(await walk(source.entries, { limit: 2 }, {}, { kind: 'any', rules: [] })).toEqual([]);
      const none: RuleNode = { kind: 'all', rules: [OWNER, { kind: 'any', rules: [] }] };
      expect(await walk(source.entries, { limit: 2 }, { where: source.light }, none)).toEqual([]);
    });

    it('are of the condition itself, and of its own class', async () => {
      const mine = mineOf(source.seats, OWNER);
      const cursors = new RequestCursors(codec, 'list', 'alice', {}, [], REFUSED);
      keepListing(mine, new Listing(planOf(source.seats), cursors));
      const other = source.entries.page(mine as never, Object.assign(new PageQuery(), { limit: 5 }));
      await expect(other).rejects.toThrow(/The condition of @Where\(\) is/);
      const copy = source.entries.page({ ...mineOf(source.entries) } as never, new PageQuery());
      await expect(copy).rejects.toThrow(/not a copy/);
    });

    it.each([0, -1, 1.5, NaN, Infinity, '5', undefined])('refuse %s for a size', async (limit) => {
      await expect(ask(source.entries, mineOf(source.entries), { limit })).rejects.toThrow(
        /limit of the page/,
      );
    });

    it('refuse a cursor of another order, or whose values cannot be those of a row', async () => {
      const name = 'at DESC, id DESC';
      const at = Date.UTC(2026, 10, 28);
      for (const position of [
        ['weight DESC, id DESC', 1, 1],
        [name, at],
        [name, at, 1, 1],
        [name, 'x', 1],
        [name, at, 'x'],
        [name, at, ''],
        [name, at, 1.5],
        [name, true, 1],
        [name, 1e300, 1],
        [name, at, '1; DROP TABLE entries'],
        [name, at, '99999999999999999999'],
      ]) {
        const asked = ask(
          source.entries,
          mineOf(source.entries),
          { limit: 2, sort: '-at' },
          cursorFor(position),
        );
        await expect(asked, JSON.stringify(position)).rejects.toMatchObject({ denial: REFUSED });
      }
      const ends = await ask(
        source.entries,
        mineOf(source.entries),
        { limit: 2, sort: '-at' },
        cursorFor([name, at, 1]),
      );
      expect(ends.items.length).toBeGreaterThanOrEqual(0);
    });

    it.each([
      ['label', ''],
      ['label', 'a\0b'],
      ['label', ['a']],
      ['label', { not: 'a' }],
      ['weights', ['x']],
      ['weights', Array.from({ length: 101 }, (_, n) => n)],
      ['weights', 2 ** 40],
      ['place', 'not-a-uuid'],
      ['kind', 'middle'],
      ['flag', 1],
      ['minPrice', NaN],
      ['minPrice', '1 OR 1=1'],
      ['since', 'yesterday'],
      ['since', new Date(NaN)],
      ['id', '1e3'],
    ])('refuse a filter by %s of %j, which no row can have', async (key, value) => {
      // SQLite holds any integer, and no uuid; what it finds is nothing.
      const asked = ask(source.entries, mineOf(source.entries), { limit: 2, [key]: value });
      const answer = await asked.catch((error: { denial?: object }) => error.denial ?? error);
      if (key === 'place' || (key === 'weights' && value === 2 ** 40) || key === 'kind')
        expect([JSON.stringify({ items: [], nextCursor: null }), 'refused']).toContain(
          'reason' in answer ? 'refused' : JSON.stringify(answer),
        );
      else
        expect(answer).toMatchObject({
          reason: REFUSED.reason,
          errors: [{ pointer: `/${key}-sent`, code: 'filter' }],
        });
    });

    it('do not start by what has no one place for each row', () => {
      const check = (filters: readonly ColumnFilter[], sorts: string[], paged = source.entries) =>
        paged.factory.checkListing!(contextOf(paged), filters, sorts);
      expect(() => check(FILTERS, SORTS)).not.toThrow();
      expect(() => check([], ['row', 'letter', 'weight'], source.seats)).not.toThrow();
      expect(() => (source.exactDates ? check([], []) : check([], ['exact']))).not.toThrow();
      // NULL, text without end, what is compared inexactly, what is no column.
      const wrong = [
        ...(sized ? [] : ['label', 'place']),
        'note',
        'body',
        'price',
        'flag',
        'kind',
        'team',
        'teamId',
        'nothing',
        'constructor',
      ];
      for (const property of source.exactDates ? [...wrong, 'exact'] : wrong) {
        expect(() => check([], [property]), property).toThrow(/that a list can sort by/);
      }
      for (const property of ['team', 'nothing', '__proto__']) {
        expect(() => check([{ property, operator: 'equals' }], []), property).toThrow(
          /that a list can filter by/,
        );
      }
    });

    it('do not start by an operator that the type of a column has not, and answer by every other', async () => {
      await fill(ROWS);
      const day = new Date(Date.UTC(2026, 10, 28));
      const place = ROWS[0]!.place;
      const values = {
        id: 1,
        label: 'a',
        weight: 1,
        place,
        kind: 'low',
        flag: true,
        price: 1,
        at: day,
        note: 'x',
      };
      for (const [property, value] of Object.entries(values)) {
        for (const operator of ['equals', 'in', 'from', 'to'] as const) {
          const check = () =>
            source.entries.factory.checkListing!(contextOf(source.entries), [{ property, operator }], []);
          const among = property === 'kind' && source.enums;
          if (operator !== 'equals' && (property === 'flag' || (among && operator !== 'in'))) {
            expect(check, `${property} ${operator}`).toThrow(
              new RegExp(`is filtered by '${operator}', which a (column|field) of its type has not`),
            );
            continue;
          }
          check();
          const filters = [{ name: 'wanted', key: 'wanted', property, operator }];
          const mine = mineOf(source.entries);
          keepListing(
            mine,
            new Listing(
              { ...planOf(source.entries), filters },
              new RequestCursors(codec, 'list', 'alice', {}, [], REFUSED),
            ),
          );
          const sent = { wanted: operator === 'in' ? [value] : value };
          const asked = source.entries.page(mine as never, Object.assign(new PageQuery(), sent));
          await expect(asked, `${property} ${operator}`).resolves.toHaveProperty('nextCursor', null);
        }
      }
    });

    it('refuse an option that there is not', async () => {
      const options = { wher: source.light };
      await expect(
        ask(source.entries, mineOf(source.entries), { limit: 2 }, undefined, options),
      ).rejects.toThrow("What is added to a page has no property 'wher': did you mean where?");
    });

    it('fail at an order of the application that rows cannot be paged by', async () => {
      for (const order of [{ note: 'ASC' }, { nothing: 'ASC' }, { weight: 'asc; DROP TABLE entries' }]) {
        await expect(
          ask(source.entries, mineOf(source.entries), { limit: 2 }, undefined, { order }),
        ).rejects.toThrow(/list can sort by|neither 'ASC' nor 'DESC'/);
      }
    });
  });
}

const ROWS: readonly EntryData[] = [1, 2, 3, 4].map((id) => ({
  id,
  userId: id === 4 ? 'bob' : 'alice',
  label: 'a',
  weight: 1,
  place: '00000001-0000-4000-8000-000000000007',
  kind: 'low',
  flag: true,
  price: 1,
  at: Date.UTC(2026, 10, 28) + id,
  note: null,
  teamId: null,
}));

function passes(row: EntryData, sent: Readonly<Record<string, unknown>>): boolean {
  return FILTERS.every(({ name, property, operator }) => {
    const wanted = sent[name];
    if (wanted === undefined) return true;
    const value = row[property as keyof EntryData];
    if (value === null) return false;
    const plain = wanted instanceof Date ? wanted.getTime() : wanted;
    if (operator === 'in') return (plain as unknown[]).includes(value);
    if (operator === 'from') return (value as number) >= (plain as number);
    return operator === 'to' ? (value as number) <= (plain as number) : value === plain;
  });
}

function keysOf(sort: string | undefined, by: Record<string, Direction> | undefined, ids: readonly string[]) {
  const wanted: ReadonlyArray<readonly [string, Direction]> =
    sort === undefined
      ? Object.entries(by ?? {})
      : [sort.startsWith('-') ? [sort.slice(1), 'DESC'] : [sort, 'ASC']];
  const last = wanted.at(-1)?.[1] ?? 'ASC';
  const rest = ids.filter((id) => !wanted.some(([key]) => key === id));
  return [...wanted, ...rest.map((id) => [id, last] as const)];
}

function sorted<T extends EntryData | SeatData>(
  rows: readonly T[],
  keys: ReadonlyArray<readonly [string, Direction]>,
): T[] {
  return rows.toSorted((one, other) => {
    for (const [key, direction] of keys) {
      const [a, b] = [one[key as keyof T], other[key as keyof T]];
      if (a !== b) return (a < b ? -1 : 1) * (direction === 'ASC' ? 1 : -1);
    }
    return 0;
  });
}
