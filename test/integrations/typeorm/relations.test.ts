import {
  Column,
  DataSource,
  Entity,
  JoinColumn,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  OneToOne,
  PrimaryColumn,
  type FindOptionsWhere,
  type Relation,
} from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NOBODY } from '../../../lib/core/audience.js';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import { compilePredicate } from '../../../lib/policy/predicate.js';
import { ruleBuilder, type RuleNode } from '../../../lib/policy/rule.js';
import { emptyPostgres, type TestDatabase } from '../../support/postgres.js';
import { caller } from '../agreement/shop-data.js';

class Place {
  @ManyToOne(() => Doc, { nullable: true })
  shelf!: Relation<Doc> | null;
}

/** Related in every way that TypeORM has, with a key of two parts, in a schema of its own on PostgreSQL. */
@Entity('docs')
class Doc {
  @PrimaryColumn('integer') tenant!: number;
  @PrimaryColumn('integer') number!: number;
  @Column('text') userId!: string;
  @ManyToMany(() => Team, (team) => team.docs)
  @JoinTable()
  teams!: Relation<Team>[];
  @OneToOne(() => Cover, (cover) => cover.doc)
  cover!: Relation<Cover> | null;
  @ManyToOne(() => Doc, (doc) => doc.children, { nullable: true })
  parent!: Relation<Doc> | null;
  @OneToMany(() => Doc, (doc) => doc.parent)
  children!: Relation<Doc>[];
  @Column(() => Place)
  place!: Place;
}

@Entity()
class Team {
  @PrimaryColumn('integer') id!: number;
  @Column('text') leadId!: string;
  @ManyToMany(() => Doc, (doc) => doc.teams)
  docs!: Doc[];
}

@Entity()
class Cover {
  @PrimaryColumn('integer') id!: number;
  @Column('text') artistId!: string;
  @OneToOne(() => Doc, (doc) => doc.cover)
  @JoinColumn()
  doc!: Relation<Doc>;
}

const doc = ruleBuilder<Doc>(['userId']);
const team = ruleBuilder<Team>(['leadId']);
const cover = ruleBuilder<Cover>(['artistId']);

let server: TestDatabase;
const databases: DataSource[] = [];

beforeAll(async () => {
  server = await emptyPostgres();
  for (const options of [{ type: 'sqljs' as const }, { type: 'postgres' as const, url: server.url }]) {
    const database = await new DataSource({
      ...options,
      entities: [Doc, Team, Cover],
      synchronize: true,
    }).initialize();
    databases.push(database);
    await database
      .getRepository(Team)
      .save([1, 2, 3].map((id) => ({ id, leadId: ['alice', 'bob', 'carol'][id - 1]! })));
    const docs = database.getRepository(Doc);
    await docs.save({ tenant: 1, number: 1, userId: 'alice', teams: [{ id: 1 }, { id: 2 }] });
    await docs.save({ tenant: 1, number: 2, userId: 'bob', teams: [], parent: { tenant: 1, number: 1 } });
    await docs.save({
      tenant: 2,
      number: 1,
      userId: 'carol',
      teams: [{ id: 3 }],
      parent: { tenant: 1, number: 2 },
      place: { shelf: { tenant: 1, number: 1 } },
    });
    await docs.save({
      tenant: 2,
      number: 2,
      userId: 'dave',
      teams: [{ id: 2 }],
      place: { shelf: { tenant: 2, number: 1 } },
    });
    await database.getRepository(Cover).save([
      { id: 1, artistId: 'alice', doc: { tenant: 1, number: 1 } },
      { id: 2, artistId: 'bob', doc: { tenant: 2, number: 1 } },
    ]);
  }
});
afterAll(async () => {
  await Promise.all(databases.map((database) => database.destroy()));
  await server.drop();
});

const RULES: Array<[string, new () => object, readonly string[], RuleNode & { path: readonly string[] }]> = [
  ['to many through a table', Doc, ['tenant', 'number'], doc.owner('teams.leadId').node as never],
  ['to many through a table, from the other side', Team, ['id'], team.owner('docs.userId').node as never],
  ['there and back', Team, ['id'], team.owner('docs.teams.leadId').node as never],
  [
    'to one, from the side without the column',
    Doc,
    ['tenant', 'number'],
    doc.owner('cover.artistId').node as never,
  ],
  ['to one, from the side with the column', Cover, ['id'], cover.owner('doc.userId').node as never],
  ['to the entity itself', Doc, ['tenant', 'number'], doc.owner('parent.parent.userId').node as never],
  [
    'to many of the entity itself',
    Doc,
    ['tenant', 'number'],
    doc.owner('children.children.userId').node as never,
  ],
  ['through an embedded object', Doc, ['tenant', 'number'], doc.owner('place.shelf.userId').node as never],
];

it.each(RULES)(
  'relations that lead %s mean the same in memory and in SQL, alone and under not',
  async (_name, entity, ids, one) => {
    let found = 0;
    for (const database of databases) {
      for (const rule of [one, { kind: 'not', rule: one } as const]) {
        const context = { entity: entity as never, ids: ['id'], resolve: () => database as never };
        const factory = fromTypeorm<object>();
        const repository = database.getRepository(entity);
        const keys = (await repository.find()) as Array<Record<string, number>>;
        const loader = factory.create({ ...context, ids, paths: [one.path] });
        const wanted = keys.map((row) => loader.parseId(ids.length === 1 ? row[ids[0]!] : row));
        const rows = (await loader.loadMany(wanted)) as object[];
        const keyOf = (row: object) =>
          ids.map((id) => String((row as Record<string, unknown>)[id])).join('/');
        for (const id of ['alice', 'bob', 'carol', 'dave']) {
          const where = factory.query!(context, rule)(caller({ id }), NOBODY);
          const listed = await repository.find({ where: where as FindOptionsWhere<object> });
          const admitted = rows.filter((row) => compilePredicate(rule)(row, caller({ id }), NOBODY));
          expect(listed.map(keyOf).sort()).toEqual(admitted.map(keyOf).sort());
          found += listed.length;
        }
      }
    }
    expect(found).toBeGreaterThan(4);
  },
);
