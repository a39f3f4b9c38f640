import {
  Column,
  DataSource,
  Entity,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryColumn,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOBODY } from '../../../lib/core/audience.js';
import type { Principal } from '../../../lib/core/principal.js';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import { defineResource } from '../../../lib/policy/resource.js';
import { ResourceRegistry } from '../../../lib/policy/resource-registry.js';

@Entity()
class Team {
  @PrimaryColumn('integer') id!: number;
  @Column('varchar', { length: 40 }) ownerId!: string;
  @OneToMany(() => Seat, (seat) => seat.team) seats!: Relation<Seat>[];
}

// A row that only joins two others: its id is made of foreign keys.
@Entity()
class Seat {
  @PrimaryColumn('integer') teamId!: number;
  @PrimaryColumn('varchar', { length: 40 }) userId!: string;
  @ManyToOne(() => Team, (team) => team.seats) @JoinColumn({ name: 'teamId' }) team!: Relation<Team>;
}

// One row for each team, and its id the relation.
@Entity()
class Badge {
  @PrimaryColumn('integer') @ManyToOne(() => Team) @JoinColumn({ name: 'team' }) team!: Relation<Team>;
}

const caller = (id: string): Principal => ({
  id,
  roles: [],
  scopes: [],
  claims: {},
  method: 'jwt',
  authenticatedAt: 0,
});

describe('a join row as a resource', () => {
  let source: DataSource;
  const definition = defineResource(Seat, {
    id: ['teamId', 'userId'],
    owner: 'userId',
    load: fromTypeorm(),
    can: (r) => ({
      read: r.any(r.owner(), r.owner('team.seats.userId')),
      remove: r.all(r.owner('team.ownerId'), r.not(r.owner())),
    }),
  });
  const registry = new ResourceRegistry([definition]);
  const seats = registry.of(Seat)!;

  beforeAll(async () => {
    source = await new DataSource({
      type: 'sqljs',
      entities: [Team, Seat, Badge],
      synchronize: true,
    }).initialize();
    await source.getRepository(Team).insert([
      { id: 1, ownerId: 'alice' },
      { id: 2, ownerId: 'bob' },
    ]);
    await source.getRepository(Seat).insert([
      { teamId: 1, userId: 'alice' },
      { teamId: 1, userId: 'carol' },
      { teamId: 2, userId: 'bob' },
    ]);
    registry.connect(() => source as never);
  });
  afterAll(() => source.destroy());

  it('is loaded by its two foreign keys, with the relation that its rules follow', async () => {
    const ids = [
      { teamId: '1', userId: 'carol' },
      { teamId: '2', userId: 'carol' },
      { teamId: '2', userId: 'bob' },
    ].map((raw) => seats.loader.parseId(raw)!);
    const rows = (await seats.loader.loadMany(ids)) as Array<Seat | undefined>;
    expect(rows.map((row) => row && [row.teamId, row.userId, row.team.ownerId])).toEqual([
      [1, 'carol', 'alice'],
      undefined,
      [2, 'bob', 'bob'],
    ]);
    expect(seats.loader.parseId({ teamId: 'x', userId: 'carol' })).toBeUndefined();
    const may = (action: string, id: string, row: number) =>
      seats.can(action, rows[row]!, caller(id), NOBODY);
    expect([may('remove', 'alice', 0), may('remove', 'carol', 0), may('remove', 'bob', 2)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([may('read', 'alice', 0), may('read', 'bob', 0)]).toEqual([true, false]);
  });

  it('is listed, and written under its condition, by the same rules', async () => {
    const seen = async (id: string) =>
      (await source.getRepository(Seat).findBy(seats.where('read')!(caller(id), NOBODY) as object))
        .map(({ teamId, userId }) => `${teamId} ${userId}`)
        .toSorted();
    expect([await seen('alice'), await seen('carol'), await seen('bob'), await seen('dora')]).toEqual([
      ['1 alice', '1 carol'],
      ['1 alice', '1 carol'],
      ['2 bob'],
      [],
    ]);
    const carols = await source.getRepository(Seat).findBy({ teamId: 1, userId: 'carol' });
    const remove = async (id: string) =>
      (
        await source
          .getRepository(Seat)
          .delete(seats.guarded(['remove'])!(carols, caller(id), NOBODY) as object)
      ).affected;
    expect([await remove('bob'), await remove('carol'), await remove('alice')]).toEqual([0, 0, 1]);
  });

  it('has no id of the relation itself, which holds an object', () => {
    const create = () =>
      fromTypeorm().create({ entity: Badge, ids: ['team'], paths: [], resolve: () => source as never });
    expect(create).toThrow('Badge.team cannot be parsed as an id');
  });
});
