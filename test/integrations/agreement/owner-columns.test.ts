import { Body, Patch, type Type } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { pgSchema, pgTable, integer as pgInteger } from 'drizzle-orm/pg-core';
import { alias, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
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
import type { LoaderFactory } from '../../../lib/core/resource-loader.js';
import { fromDrizzle } from '../../../lib/integrations/drizzle/index.js';
import { fromPrisma } from '../../../lib/integrations/prisma/index.js';
import { fromTypeorm } from '../../../lib/integrations/typeorm/index.js';
import { AuthorizationControl } from '../../../lib/pipeline/authorization/authorization.control.js';
import { Can } from '../../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../../lib/pipeline/authorization/loaded.decorator.js';
import { Preset } from '../../../lib/pipeline/authorization/preset.decorator.js';
import { WritableBy } from '../../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../../lib/pipeline/authorization/writes-to.decorator.js';
import { exposedPropertiesOf } from '../../../lib/pipeline/output/exposure/exposed-properties.js';
import { ANYONE, OWNER } from '../../../lib/policy/audiences.js';
import { defineResource } from '../../../lib/policy/resource.js';
import { ResourceRegistry } from '../../../lib/policy/resource-registry.js';
import { RoleHierarchy } from '../../../lib/policy/roles.js';
import { routeOf } from '../../authorization/shop.js';

@Entity()
class Account {
  @PrimaryColumn('integer') id!: number;
  @Column('varchar', { length: 40 }) userId!: string;
}

@Entity()
class Invoice {
  @PrimaryColumn('integer') id!: number;
  @Column('integer') accountId!: number;
  @Column('integer') weight!: number;
  @ManyToOne(() => Account) @JoinColumn({ name: 'accountId' }) account!: Relation<Account>;
}

@WritesTo(Invoice)
class ByAnyone {
  @WritableBy(ANYONE) @IsInt() accountId?: number;
}
@WritesTo(Invoice)
class ByOwner {
  @WritableBy(OWNER) @IsInt() accountId?: number;
}
@WritesTo(Invoice)
class ByPreset {
  @Preset((caller) => Number(caller.claims['account'])) @IsInt() accountId!: number;
}
@WritesTo(Invoice)
class ByRole {
  @WritableBy('admin') @IsInt() accountId?: number;
  @WritableBy(OWNER) @IsInt() weight?: number;
}

class Invoices {
  @Patch(':id') @Can('update', Invoice) anyone(@Loaded() invoice: Invoice, @Body() dto: ByAnyone) {
    return [invoice, dto];
  }
  @Patch(':id') @Can('update', Invoice) owner(@Loaded() invoice: Invoice, @Body() dto: ByOwner) {
    return [invoice, dto];
  }
  @Patch(':id') @Can('update', Invoice) preset(@Loaded() invoice: Invoice, @Body() dto: ByPreset) {
    return [invoice, dto];
  }
  @Patch(':id') @Can('update', Invoice) role(@Loaded() invoice: Invoice, @Body() dto: ByRole) {
    return [invoice, dto];
  }
}

const accounts = sqliteTable('accounts', { id: integer().primaryKey(), userId: text().notNull() });
const invoices = sqliteTable('invoices', {
  id: integer().primaryKey(),
  accountId: integer().notNull(),
  weight: integer().notNull(),
});
const SCHEMA = `model Account {
  id       Int       @id
  userId   String
  invoices Invoice[]
}
model Invoice {
  id        Int     @id
  weight    Int
  account   Account @relation("billed", references: [id], fields: [accountId])
  accountId Int
}`;

const SOURCES: ReadonlyArray<
  readonly [string, LoaderFactory<Invoice>, LoaderFactory<Account>, () => Promise<object>]
> = [
  [
    'TypeORM',
    fromTypeorm(),
    fromTypeorm(),
    () => new DataSource({ type: 'sqljs', entities: [Account, Invoice] }).initialize(),
  ],
  [
    'Drizzle',
    fromDrizzle(invoices, {
      database: 'db',
      relations: { account: { table: accounts, on: { accountId: 'id' } } },
    }),
    fromDrizzle(accounts, { database: 'db' }),
    () => Promise.resolve({ select() {} }),
  ],
  [
    'Prisma',
    fromPrisma('invoice', { client: 'prisma' }),
    fromPrisma('account', { client: 'prisma' }),
    () =>
      Promise.resolve({
        invoice: { findMany() {} },
        account: { findMany() {} },
        _engineConfig: { inlineSchema: SCHEMA, activeProvider: 'sqlite' },
      }),
  ],
];

describe.each(SOURCES)(
  'with %s, the column of the relation that says whose an object is',
  (_name, load, account, open) => {
    let source: object;
    let control: AuthorizationControl;
    beforeAll(async () => {
      source = await open();
      const registry = new ResourceRegistry([
        defineResource(Invoice, {
          id: 'id',
          owner: 'account.userId',
          load,
          can: (r) => ({ read: r.owner(), update: r.owner() }),
        }),
      ]);
      registry.connect(() => source as never);
      control = new AuthorizationControl(
        registry,
        new RoleHierarchy({ admin: [] }),
        false,
        exposedPropertiesOf,
      );
    });
    afterAll(() => (source instanceof DataSource ? source.destroy() : undefined));

    const where = (method: string) =>
      routeOf(control, Invoices as Type, method).findings.map(({ code, where: at }) => `${code} ${at}`);

    it('is written by roles alone, as the relation is: whoever may change an object would take it', () => {
      expect(where('anyone')).toEqual(['input.writes-unbound ByAnyone.accountId']);
      expect(where('owner')).toEqual(['input.writes-unbound ByOwner.accountId']);
      expect(where('preset')).toEqual(['input.writes-unbound ByPreset.accountId']);
      expect(where('role')).toEqual([]);
    });

    it('is of the table of the resource that the relation leads to, and nothing else is', () => {
      const context = (entity: typeof Account | typeof Invoice) =>
        ({ entity, resolve: () => source as never }) as never;
      const table = account.tableAt!(context(Account), []);
      expect(table).toBeDefined();
      expect(load.tableAt!(context(Invoice), ['account'])).toBe(table);
      expect(load.tableAt!(context(Invoice), [])).not.toBe(table);
      for (const path of [['weight'], ['account', 'userId'], ['constructor'], ['account', 'account']])
        expect(load.tableAt!(context(Invoice), path)).toBeUndefined();
    });

    it('is written by whoever names the relation', () => {
      expect(
        load.columnsOf!({ entity: Invoice, ids: ['id'], resolve: () => source as never }, 'accountId'),
      ).toEqual(['account']);
      expect(
        load.columnsOf!({ entity: Invoice, ids: ['id'], resolve: () => source as never }, 'weight'),
      ).toEqual([]);
    });
  },
);

describe('a relation whose column the other side has', () => {
  @Entity()
  class Member {
    @PrimaryColumn('integer') id!: number;
    @ManyToOne(() => Team, (team) => team.members)
    @JoinColumn({ name: 'teamCode', referencedColumnName: 'code' })
    team!: Relation<Team>;
  }
  @Entity()
  class Team {
    @PrimaryColumn('integer') id!: number;
    @Column('varchar', { length: 8, unique: true }) code!: string;
    @OneToMany(() => Member, (member) => member.team) members!: Relation<Member>[];
  }
  const teams = sqliteTable('teams', { id: integer().primaryKey(), code: text().notNull() });
  const members = sqliteTable('members', { id: integer().primaryKey(), teamCode: text().notNull() });

  it('is joined by what that column refers to: whoever writes it writes the relation', async () => {
    const source = await new DataSource({ type: 'sqljs', entities: [Member, Team] }).initialize();
    const prisma = {
      team: { findMany() {} },
      _engineConfig: {
        activeProvider: 'sqlite',
        inlineSchema: `model Member {
          id Int @id
          team Team @relation(fields: [teamCode], references: [code])
          teamCode String
        }
        model Team {
          id Int @id
          code String @unique
          members Member[]
        }`,
      },
    };
    const relations = { members: { table: members, on: { code: 'teamCode' }, many: true } };
    const columns = [
      fromTypeorm<Team>().columnsOf!(
        { entity: Team, ids: ['id'], resolve: () => source as never },
        'members',
      ),
      fromDrizzle<Team>(teams, { database: 'db', relations }).columnsOf!(
        { entity: Team, ids: ['id'], resolve: () => ({}) as never },
        'members',
      ),
      fromPrisma<Team>('team', { client: 'p' }).columnsOf!(
        { entity: Team, ids: ['id'], resolve: () => prisma as never },
        'members',
      ),
    ];
    expect(columns).toEqual([['code'], ['code'], ['code']]);
    const relationsOf = (property: string) => [
      fromTypeorm<Team>().columnsOf!({ entity: Team, ids: ['id'], resolve: () => source as never }, property),
      fromDrizzle<Team>(teams, { database: 'db', relations }).columnsOf!(
        { entity: Team, ids: ['id'], resolve: () => ({}) as never },
        property,
      ),
      fromPrisma<Team>('team', { client: 'p' }).columnsOf!(
        { entity: Team, ids: ['id'], resolve: () => prisma as never },
        property,
      ),
    ];
    // Naming other members writes their columns, and not the team's.
    expect(relationsOf('code')).toEqual([[], [], []]);
    await source.destroy();
  });
});

describe('the table of a resource', () => {
  const context = (source: object, entity: object = Account) =>
    ({ entity, ids: ['id'], resolve: () => source }) as never;

  it('is the same for an alias of a Drizzle table, for another declaration of it and for another database of its connection', () => {
    const $client = {};
    const [database, second, other] = [
      { select() {}, $client },
      { select() {}, $client },
      { select() {}, $client: {} },
    ];
    const relations = { account: { table: alias(accounts, 'a'), on: { accountId: 'id' } } };
    const again = sqliteTable('accounts', { id: integer().primaryKey() });
    const at = (load: LoaderFactory<any>, source: object, path: readonly string[] = []) =>
      load.tableAt!(context(source), path);
    const own = at(fromDrizzle(accounts, { database: 'db' }), database);
    expect(own).toBeDefined();
    expect(at(fromDrizzle(invoices, { database: 'db', relations }), database, ['account'])).toBe(own);
    expect(at(fromDrizzle(again, { database: 'db' }), second)).toBe(own);
    expect(at(fromDrizzle(accounts, { database: 'db' }), other)).not.toBe(own);
  });

  it('is another where a Drizzle table of the same name is in another schema', () => {
    const columns = { id: pgInteger().primaryKey() };
    const database = { select() {}, $client: 'none: drizzle.mock()' };
    const [own, archived, again] = [
      pgTable('accounts', columns),
      pgSchema('archive').table('accounts', columns),
      pgSchema('archive').table('accounts', columns),
    ].map((table) => fromDrizzle(table, { database: 'db' }).tableAt!(context(database), []));
    expect(archived).not.toBe(own);
    expect(archived).toBe(again);
  });

  it('is another in another DataSource of TypeORM, and the same for two classes of one table', async () => {
    @Entity('account')
    class Login {
      @PrimaryColumn('integer') id!: number;
    }
    const open = () => new DataSource({ type: 'sqljs', entities: [Account, Login] }).initialize();
    const [one, two] = [await open(), await open()];
    const at = (source: object, entity: object) => fromTypeorm().tableAt!(context(source, entity), []);
    expect(at(one, Account)).toBe(at(one, Login));
    expect(at(one, Account)).not.toBe(at(two, Account));
    await Promise.all([one.destroy(), two.destroy()]);
  });

  it('is another in another client of Prisma, and the same in an extension of it', () => {
    const open = () => ({
      account: { findMany() {} },
      _engineConfig: { activeProvider: 'sqlite', inlineSchema: SCHEMA },
    });
    const [one, two] = [open(), open()];
    const at = (source: object) => fromPrisma('account', { client: 'p' }).tableAt!(context(source), []);
    expect(at(one)).toBe(at(Object.create(one) as object));
    expect(at(one)).not.toBe(at(two));
  });
});
