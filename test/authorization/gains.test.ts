import { Body, Patch, Post, type Type } from '@nestjs/common';
import { Expose } from 'class-transformer';
import { IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { AuthorizationControl } from '../../lib/pipeline/authorization/authorization.control.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { exposedPropertiesOf } from '../../lib/pipeline/output/exposure/exposed-properties.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { defineResource } from '../../lib/policy/resource.js';
import type { Rule, RuleBuilder } from '../../lib/policy/rule.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import { RoleHierarchy } from '../../lib/policy/roles.js';
import { routeOf } from './shop.js';

class Ticket {
  id!: string;
  userId!: string;
  coId!: string;
  note!: string;
  teamId!: string | null;
  team!: { leadId: string } | null;
}
class Case extends Ticket {}
class Deed {
  id!: string;
  userId!: string;
  coId!: string;
  status!: string;
  firstId!: string;
  secondId!: string;
  size!: number;
}

@WritesTo(Ticket)
class ByAnyone {
  @WritableBy(ANYONE) @Expose({ name: 'partner' }) @IsString() coId?: string;
}
@WritesTo(Ticket)
class ByAlias {
  @WritableBy(ANYONE) @Expose({ name: 'coId' }) @IsString() note?: string;
}
@WritesTo(Ticket)
class ByOwner {
  @WritableBy(OWNER) @IsString() coId?: string;
}
@WritesTo(Ticket)
class ByRole {
  @WritableBy('user') @IsString() coId?: string;
}
@WritesTo(Ticket)
class ByTeam {
  @WritableBy(ANYONE) @IsString() teamId?: string;
}
@WritesTo(Deed)
class ByBoth {
  @WritableBy(ANYONE) @IsString() firstId?: string;
  @WritableBy(OWNER) @IsString() coId?: string;
  @WritableBy(ANYONE) @IsString() secondId?: string;
}
@WritesTo(Deed)
class ByHalves {
  @WritableBy(ANYONE) @IsString() firstId?: string;
  @WritableBy(OWNER) @IsString() secondId?: string;
}

@WritesTo(Deed)
class DeedByOwner {
  @WritableBy(OWNER) @IsString() coId?: string;
}

const registry = new ResourceRegistry([
  defineResource(Ticket, {
    id: 'id',
    owner: 'userId',
    load: {
      create: () => ({ parseId: () => undefined, loadMany: () => [] }),
      columnsOf: (_context, property) => (property === 'team' ? ['teamId'] : []),
    },
    can: (r) => ({
      read: r.any(r.owner(), r.owner('coId'), r.role('user')),
      update: r.any(r.owner(), r.owner('coId'), r.role('user')),
      close: r.any(r.owner(), r.owner('coId'), r.owner('team.leadId')),
    }),
  }),
  defineResource(Deed, {
    id: 'id',
    owner: 'userId',
    load: { create: () => ({ parseId: () => undefined, loadMany: () => [] }) },
    can: (r) => ({
      edit: r.all(r.owner(), r.where('status', 'draft')),
      approve: r.all(r.owner('coId'), r.where('status', 'review')),
      assign: r.not(r.any(r.owner('firstId'), r.owner('secondId'))),
      sign: r.all(r.owner('firstId'), r.owner('secondId')),
    }),
  }),
]);
const crowded = new ResourceRegistry([
  defineResource(Deed, {
    id: 'id',
    owner: 'userId',
    load: { create: () => ({ parseId: () => undefined, loadMany: () => [] }) },
    can: (r) => ({
      edit: r.owner(),
      count: r.any(r.owner('coId'), ...Array.from({ length: 14 }, (_, size) => r.where('size', size))),
    }),
  }),
]);
crowded.connect(() => undefined as never);
registry.connect(() => undefined as never);

class Tickets {
  @Patch(':id') @Can('update', Ticket) anyone(@Loaded() ticket: Ticket, @Body() dto: ByAnyone) {
    return [ticket, dto];
  }
  @Patch(':id') @Can('update', Ticket) alias(@Loaded() ticket: Ticket, @Body() dto: ByAlias) {
    return [ticket, dto];
  }
  @Patch(':id') @Can('update', Ticket) @Can('close', Ticket) closer(
    @Loaded() ticket: Ticket,
    @Body() dto: ByAnyone,
  ) {
    return [ticket, dto];
  }
  @Patch(':id') @Owns(Ticket) own(@Loaded() ticket: Ticket, @Body() dto: ByAnyone) {
    return [ticket, dto];
  }
  @Patch(':id') @Can('edit', Deed) draft(@Loaded() deed: Deed, @Body() dto: DeedByOwner) {
    return [deed, dto];
  }
  @Patch(':id') @Can('assign', Deed) both(@Loaded() deed: Deed, @Body() dto: ByBoth) {
    return [deed, dto];
  }
  @Patch(':id') @Can('assign', Deed) halves(@Loaded() deed: Deed, @Body() dto: ByHalves) {
    return [deed, dto];
  }
  @Patch(':id') @Can('update', Ticket) owner(@Loaded() ticket: Ticket, @Body() dto: ByOwner) {
    return [ticket, dto];
  }
  @Patch(':id') @Can('update', Ticket) role(@Loaded() ticket: Ticket, @Body() dto: ByRole) {
    return [ticket, dto];
  }
  @Patch(':id') @Can('update', Ticket) team(@Loaded() ticket: Ticket, @Body() dto: ByTeam) {
    return [ticket, dto];
  }
  @Post() @Roles('user') create(@Body() dto: ByAnyone) {
    return dto;
  }
}

describe('a property by which a caller could name themself', () => {
  const control = new AuthorizationControl(
    registry,
    new RoleHierarchy({ user: [] }),
    false,
    exposedPropertiesOf,
  );
  const found = (method: string) =>
    routeOf(control, Tickets as Type, method).findings.map(({ where, message }) => `${where} ${message}`);

  it('is found where the route admits who may do less, by its alias and by the column of its relation', () => {
    expect(found('anyone')).toEqual([
      "ByAnyone.coId the rule 'close' of Ticket reads it, and Tickets.anyone admits callers who may not 'close': one of them could name themself.",
    ]);
    expect(found('alias')).toEqual([expect.stringContaining("ByAlias.note the rule 'close' of Ticket")]);
    expect(found('team')).toEqual([expect.stringContaining("ByTeam.teamId the rule 'close' of Ticket")]);
  });

  it('is none where nobody gains: an owner hands on what they have, a route asks for it, roles are named, it is created', () => {
    for (const method of ['closer', 'own', 'owner', 'role', 'create']) expect(found(method)).toEqual([]);
  });

  it('is found where the object has another status by then', () => {
    expect(found('draft')).toEqual([
      expect.stringContaining("DeedByOwner.coId the rule 'approve' of Deed reads it, and"),
    ]);
  });

  it('is found where it takes two, of those that one caller may write', () => {
    const [first, second, ...more] = found('both').filter((one) => !one.includes('coId the rule'));
    expect(first).toContain("ByBoth.firstId the rule 'sign' of Deed reads it, with secondId, and");
    expect(second).toContain("ByBoth.secondId the rule 'sign' of Deed reads it, with firstId, and");
    expect(more).toEqual([]);
    expect(found('halves')).toHaveLength(2);
  });

  it('is found where only a subclass has the action', () => {
    const load = { create: () => ({ parseId: () => undefined, loadMany: () => [] }) };
    const resources = new ResourceRegistry([
      defineResource(Ticket, { id: 'id', owner: 'userId', load, can: (r) => ({ update: r.owner() }) }),
      defineResource(Case, {
        id: 'id',
        owner: 'userId',
        load,
        can: (r) => ({ update: r.owner(), unseal: r.owner('coId') }),
      }),
    ]);
    resources.connect(() => undefined as never);
    const other = new AuthorizationControl(
      resources,
      new RoleHierarchy({ user: [] }),
      false,
      exposedPropertiesOf,
    );
    expect(routeOf(other, Tickets as Type, 'anyone').findings).toEqual([
      expect.objectContaining({
        where: 'ByAnyone.coId',
        message: expect.stringContaining("the rule 'unseal' of Case reads it, and Tickets.anyone"),
        fix: expect.stringContaining("@Can('unseal', Case)"),
      }),
    ]);
  });

  it('is not claimed where there are too many conditions to compare', () => {
    const other = new AuthorizationControl(
      crowded,
      new RoleHierarchy({ user: [] }),
      false,
      exposedPropertiesOf,
    );
    const [one, ...more] = routeOf(other, Tickets as Type, 'draft').findings;
    expect(one!.message).toContain('too many conditions to compare');
    expect(more).toEqual([]);
  });
});

describe('a property that the rules of another class read through a relation', () => {
  class Firm {
    id!: string;
    userId!: string;
    managerId!: string;
  }
  class Bill {
    id!: string;
    userId!: string;
    firm!: Firm;
    firms!: Firm[];
    parent!: { managerId: string };
  }
  @WritesTo(Firm)
  class PatchFirm {
    @WritableBy(OWNER) @IsString() managerId?: string;
  }
  class Firms {
    @Patch(':id') @Can('update', Firm) patch(@Loaded() firm: Firm, @Body() dto: PatchFirm) {
      return [firm, dto];
    }
  }
  const stored = (table: string, tables: Readonly<Record<string, string>> = {}) => ({
    create: () => ({ parseId: () => undefined, loadMany: () => [] }),
    tableAt: (_context: unknown, path: readonly string[]) =>
      path.length === 0 ? table : tables[path.join('.')],
  });
  const bills = stored('bills', { firm: 'firms', firms: 'firms', parent: 'bills' });
  const isSmall = () => false;
  const found = (
    can: (r: RuleBuilder<Bill>) => Readonly<Record<string, Rule<Bill>>>,
    {
      load = bills,
      firms = stored('firms'),
      owner = 'userId',
    }: { load?: typeof bills; firms?: typeof bills; owner?: 'userId' | 'firm.managerId' } = {},
  ) => {
    const resources = new ResourceRegistry([
      defineResource(Firm, {
        id: 'id',
        owner: 'userId',
        load: firms,
        can: (r) => ({ update: r.all(r.owner(), r.not(r.fn('small', isSmall))) }),
      }),
      defineResource(Bill, { id: 'id', owner, load, can }),
    ]);
    resources.connect(() => undefined as never);
    const control = new AuthorizationControl(
      resources,
      new RoleHierarchy({ user: [] }),
      false,
      exposedPropertiesOf,
    );
    return routeOf(control, Firms as Type, 'patch').findings.map(
      ({ where, message, fix }) => `${where} ${message} → ${fix}`,
    );
  };
  const read =
    "PatchFirm.managerId the rule 'read' of Bill reads it, and Firms.patch admits callers who may not 'read': one of them could name themself. → name roles alone, @WritableBy('admin'); or let the rules of Bill admit whoever may write it: nobody gains then";

  it('is found where whoever may write it may do less', () => {
    expect(found((r) => ({ read: r.any(r.owner(), r.owner('firm.managerId')) }))).toEqual([read]);
    expect(found((r) => ({ read: r.owner('firms.managerId') }))).toEqual([read]);
    expect(found((r) => ({ read: r.not(r.owner('firms.managerId')) }))).toEqual([read]);
    expect(found((r) => ({ read: r.all(r.fn('small', isSmall), r.owner('firm.managerId')) }))).toEqual([
      read,
    ]);
  });

  it('is found where it says who the owner is, whatever the rules ask', () => {
    expect(found((r) => ({ read: r.role('user') }), { owner: 'firm.managerId' })).toEqual([
      expect.stringContaining(
        'whose a Bill is depends on it, and Firms.patch admits callers who do not own it',
      ),
    ]);
  });

  it('is none where nobody gains, where it is another’s, and where nobody knows whose rows are read', () => {
    expect(found((r) => ({ read: r.any(r.owner('firm.userId'), r.owner('firm.managerId')) }))).toEqual([]);
    expect(found((r) => ({ read: r.owner('parent.managerId') }))).toEqual([]);
    const { create } = bills;
    const load = { create, tableAt: () => undefined as never };
    for (const unknown of [{ load }, { load, firms: load }])
      expect(found((r) => ({ read: r.owner('firm.managerId') }), unknown)).toEqual([]);
  });
});
