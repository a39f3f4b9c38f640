import { Body, Patch, type Type } from '@nestjs/common';
import { IsInt } from 'class-validator';
import { fromTypeorm } from 'nestjs-gatehouse/typeorm';
import { Column, DataSource, Entity, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const definition = defineResource(Invoice, {
  id: 'id',
  owner: 'account.userId',
  load: fromTypeorm(),
  can: (r) => ({ read: r.owner(), update: r.owner() }),
});

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

describe('the column of the relation that says whose an object is', () => {
  let source: DataSource;
  let control: AuthorizationControl;
  beforeAll(async () => {
    source = await new DataSource({ type: 'sqljs', entities: [Account, Invoice] }).initialize();
    const registry = new ResourceRegistry([definition]);
    registry.connect(() => source as never);
    control = new AuthorizationControl(
      registry,
      new RoleHierarchy({ admin: [] }),
      false,
      exposedPropertiesOf,
    );
  });
  afterAll(() => source.destroy());

  const where = (method: string) =>
    routeOf(control, Invoices as Type, method).findings.map(({ code, where: at }) => `${code} ${at}`);

  it('is written by roles alone, as the relation is: whoever may change an object would take it', () => {
    expect(where('anyone')).toEqual(['input.writes-unbound ByAnyone.accountId']);
    expect(where('owner')).toEqual(['input.writes-unbound ByOwner.accountId']);
    expect(where('preset')).toEqual(['input.writes-unbound ByPreset.accountId']);
    expect(where('role')).toEqual([]);
  });
});
