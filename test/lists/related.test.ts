import { PageQuery } from 'nestjs-gatehouse';
import { fromTypeorm, page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Column, DataSource, Entity, ManyToOne, OneToMany, PrimaryColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../lib/core/principal.js';
import { keepListing, Listing } from '../../lib/core/listing.js';
import { CursorCodec } from '../../lib/pipeline/lists/cursor-codec.js';
import { RequestCursors } from '../../lib/pipeline/lists/request-cursors.js';
import { ruleBuilder } from '../../lib/policy/rule.js';

@Entity()
class Team {
  @PrimaryColumn('integer') id!: number;
  @OneToMany(() => Member, (member) => member.team) members!: Relation<Member>[];
}
@Entity()
class Member {
  @PrimaryColumn('integer') id!: number;
  @Column('varchar', { length: 40 }) userId!: string;
  @ManyToOne(() => Team, (team) => team.members) team!: Relation<Team>;
}
@Entity()
class Task {
  @PrimaryColumn('integer') id!: number;
  @Column('varchar', { length: 40 }) userId!: string;
  @Column('integer') weight!: number;
  @ManyToOne(() => Team, { nullable: true }) team!: Relation<Team> | null;
}

const r = ruleBuilder<Task>(['userId']);
const RULE = r.any(r.owner(), r.owner('team.members.userId'));
const ALICE = { id: 'alice', roles: [], scopes: [], claims: {} } as unknown as Principal;
const codec = new CursorCodec(Buffer.alloc(32, 3));
let source: DataSource;

beforeAll(async () => {
  source = await new DataSource({
    type: 'sqljs',
    entities: [Team, Member, Task],
    synchronize: true,
  }).initialize();
  await source.getRepository(Team).save([{ id: 1 }, { id: 2 }]);
  await source.getRepository(Member).save([
    // Twice in one team: a join finds a task of it twice.
    { id: 1, userId: 'alice', team: { id: 1 } },
    { id: 2, userId: 'alice', team: { id: 1 } },
    { id: 3, userId: 'bob', team: { id: 1 } },
    { id: 4, userId: 'bob', team: { id: 2 } },
  ]);
  const owners = ['alice', 'bob', 'carol'];
  await source.getRepository(Task).save(
    Array.from({ length: 36 }, (_, n) => ({
      id: n,
      userId: owners[n % 3],
      weight: n % 4,
      team: n % 5 === 0 ? null : { id: 1 + (n % 2) },
    })),
  );
});
afterAll(() => source.destroy());

async function pages(
  limit: number,
  order: { weight?: 'ASC' | 'DESC'; id?: 'ASC' | 'DESC' },
  where = {},
): Promise<number[]> {
  const query = fromTypeorm<Task>().query!(
    { entity: Task, ids: ['id'], resolve: () => source as never },
    RULE.node,
  );
  const ids: number[] = [];
  let cursor: string | undefined;
  for (let n = 0; n < 50; n++) {
    const mine = query(ALICE, { roles: new Set() }) as WhereOf<Task>;
    const cursors = new RequestCursors(codec, 'tasks', 'alice', {}, [], { reason: 'input.invalid' });
    if (cursor !== undefined) expect(cursors.open(cursor)).toBe(true);
    keepListing(
      mine,
      new Listing({ entity: Task, ids: ['id'], owner: ['userId'], filters: [], sort: undefined }, cursors),
    );
    const { items, nextCursor } = await page(
      source.getRepository(Task),
      mine,
      Object.assign(new PageQuery(), { limit }),
      {
        order,
        where,
      },
    );
    ids.push(...items.map(({ id }) => id));
    if (nextCursor === null) return ids;
    cursor = nextCursor;
  }
  throw new Error('The pages have no end.');
}

describe('a list whose rule reads related rows', () => {
  it.each([
    [{ id: 'ASC' }],
    [{ id: 'DESC' }],
    [{ weight: 'ASC' }],
    [{ weight: 'DESC', id: 'ASC' }],
    [{}],
  ] as const)('has each row on one page, in the order %o', async (order) => {
    const mayRead = Array.from({ length: 36 }, (_, n) => n).filter(
      (n) => n % 3 === 0 || (n % 5 !== 0 && n % 2 === 0),
    );
    const whole = await pages(100, order);
    expect([...whole].sort((a, b) => a - b)).toEqual(mayRead);
    for (const limit of [1, 2, 5]) expect(await pages(limit, order)).toEqual(whole);
  });

  it('is a list of its own class: the repository of another takes its condition for nothing', async () => {
    const query = fromTypeorm<Task>().query!(
      { entity: Task, ids: ['id'], resolve: () => source as never },
      RULE.node,
    );
    const mine = query(ALICE, { roles: new Set() }) as WhereOf<object>;
    const cursors = new RequestCursors(codec, 'tasks', 'alice', {}, [], { reason: 'input.invalid' });
    const plan = { entity: Task, ids: ['id'], owner: ['userId'], filters: [], sort: undefined };
    keepListing(mine, new Listing(plan, cursors));
    const asked = page(
      source.getRepository<object>(Member),
      mine,
      Object.assign(new PageQuery(), { limit: 5 }),
    );
    await expect(asked).rejects.toThrow(/condition of @Where\(\) is not of Member/);
  });

  it('is narrowed on its own id and on others, beside the rule', async () => {
    expect(await pages(2, { id: 'ASC' }, { weight: 2, userId: 'bob' })).toEqual(
      [10, 22, 34].filter((n) => n % 5 !== 0),
    );
    expect(await pages(2, {}, { id: 1 })).toEqual([]);
    expect(await pages(2, {}, { id: 2 })).toEqual([2]);
  });
});
