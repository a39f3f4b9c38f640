import { Body, Patch, Post, type Type } from '@nestjs/common';
import { Expose, Type as TypeOf } from 'class-transformer';
import { Allow, IsArray, IsObject, IsOptional, IsString, IsUUID, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Preset } from '../../lib/pipeline/authorization/preset.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { defineResource } from '../../lib/policy/resource.js';
import { controlOf, routeOf } from './shop.js';

class Org {
  id!: string;
  userId!: string;
  managerId!: string;
  name!: string;
}
class Club extends Org {}
class Doc {
  id!: string;
  userId!: string;
  title!: string;
  org!: Org | null;
  backup!: Org | null;
  part!: { org: Org; name: string };
  press!: { managerId: string };
}

const stored = (table?: string, tables: Readonly<Record<string, string>> = {}) => ({
  create: () => ({ parseId: () => undefined, loadMany: () => [] }),
  ...(table !== undefined && {
    tableAt: (_context: unknown, path: readonly string[]) =>
      path.length === 0 ? table : tables[path.join('.')],
  }),
});
const OrgResource = (load = stored()) =>
  defineResource(Org, { id: 'id', owner: 'userId', load, can: (r) => ({ update: r.owner() }) });
const DocResource = (load = stored()) =>
  defineResource(Doc, { id: 'id', owner: 'userId', load, can: (r) => ({ update: r.owner() }) });

/** What is wrong with a route that changes a document by this class. */
function found(
  dto: Type<object>,
  resources: ReadonlyArray<ReturnType<typeof defineResource>>,
  route: 'patch' | 'post' = 'patch',
): string[] {
  class Docs {
    @Patch(':id') @Can('update', Doc) patch(@Loaded() doc: Doc, @Body() body: object) {
      return [doc, body];
    }
    @Post() @Roles('user') post(@Body() body: object) {
      return body;
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Doc, dto], Docs.prototype, 'patch');
  Reflect.defineMetadata('design:paramtypes', [dto], Docs.prototype, 'post');
  const control = controlOf(resources as never, { admin: [], user: [] });
  return routeOf(control, Docs, route).findings.map(({ where, message }) => `${where} ${message}`);
}
const another = (where: string, name = 'Org') =>
  `${where} Docs.patch changes an object that exists, and the ${name} in it may be another's: what the route asks is not asked of that one.`;

describe('a resource inside an object that exists', () => {
  it('is one where the class extends that of a resource', () => {
    @WritesTo(Club)
    class Part {
      @WritableBy(OWNER) @IsString() name?: string;
      @WritableBy(OWNER) @IsString() userId?: string;
      @WritableBy('admin') @IsString() id?: string;
    }
    @WritesTo(Club)
    class Taken {
      @Preset((caller) => caller.id) @IsString() userId!: string;
    }
    @WritesTo(Doc)
    class Patched {
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Part) org?: Part;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Taken) backup?: Taken;
    }
    expect(found(Patched, [OrgResource(), DocResource()] as never)).toEqual([
      expect.stringContaining('Part.id it is part of the id of Club'),
      expect.stringContaining('Part.userId it says who owns Club'),
      another('Part.name'),
      another('Part.userId'),
      another('Taken.userId'),
    ]);
  });

  it('is one by its row, whatever its class says', () => {
    class Bare {
      @IsString() name?: string;
    }
    class Between {
      @ValidateNested() @TypeOf(() => Bare) org?: Bare;
      @ValidateNested() @TypeOf(() => Bare) backup?: Bare;
      @ValidateNested() @TypeOf(() => Between) part?: Between;
    }
    @WritesTo(Doc)
    class Patched {
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Bare) org?: Bare;
      @WritableBy(ANYONE) @Expose({ name: 'backup' }) @ValidateNested() @TypeOf(() => Bare) press?: never;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Between) part?: never;
    }
    @WritesTo(Doc)
    class Free {
      @WritableBy(OWNER) @IsObject() org?: never;
      @WritableBy(OWNER) @Allow() backup?: never;
      @WritableBy(OWNER) @IsObject() press?: never;
    }
    @WritesTo(Doc)
    class Untold {
      @WritableBy(OWNER) @IsOptional() org?: Org;
      @WritableBy(OWNER) @IsArray() backup?: never;
    }
    @WritesTo(Doc)
    class ById {
      @WritableBy(OWNER) @IsString() org?: never;
      @WritableBy(OWNER) @Allow() @IsUUID() backup?: never;
    }
    const docs = stored('docs', { org: 'orgs', backup: 'orgs', 'part.org': 'orgs', press: 'presses' });
    const resources = [OrgResource(stored('orgs')), DocResource(docs)] as never;
    expect(found(Patched, resources)).toEqual([
      another('Patched.org'),
      another('Patched.press'),
      another('Between.org'),
    ]);
    expect(found(Free, resources)).toEqual([another('Free.org'), another('Free.backup')]);
    expect(found(Untold, resources)).toEqual([another('Untold.org'), another('Untold.backup')]);
    expect(found(ById, resources)).toEqual([]);
    const anyShape = (where: string) =>
      `${where} it takes an object of any shape in the place of a Org, and Docs.post stores it: an id in it would be the row of another.`;
    expect(found(Free, resources, 'post')).toEqual([anyShape('Free.org'), anyShape('Free.backup')]);
    expect(found(Untold, resources, 'post')).toEqual([anyShape('Untold.org'), anyShape('Untold.backup')]);
    expect(found(ById, resources, 'post')).toEqual([]);
    // Whose rows they are nobody knows.
    expect(found(Patched, [OrgResource(), DocResource()] as never)).toEqual([]);
    expect(found(Patched, [OrgResource(stored('orgs')), DocResource(stored('docs'))] as never)).toEqual([]);
  });

  it('is for roles alone: by its own properties, or by the one that holds it', () => {
    class Bare {
      @IsString() name?: string;
    }
    @WritesTo(Org)
    class ByAdmin {
      @WritableBy('admin') @IsString() name?: string;
    }
    @WritesTo(Org)
    class Open {
      @WritableBy(ANYONE) @IsString() name?: string;
    }
    @WritesTo(Org)
    class Stamped {
      @WritableBy('admin') @IsString() name?: string;
      @Preset((caller) => caller.id) @IsString() managerId?: string;
    }
    const resources = [
      OrgResource(stored('orgs')),
      DocResource(stored('docs', { org: 'orgs', backup: 'orgs' })),
    ] as never;
    @WritesTo(Doc)
    class Right {
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => ByAdmin) org?: ByAdmin;
      @WritableBy('admin') @ValidateNested() @TypeOf(() => Open) backup?: Open;
      @WritableBy('admin') @ValidateNested() @TypeOf(() => Bare) press?: never;
    }
    @WritesTo(Doc)
    class Stamps {
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Stamped) org?: Stamped;
    }
    expect(found(Right, resources)).toEqual([]);
    expect(found(Stamps, resources)).toEqual([another('Stamped.managerId')]);
  });
});

describe('a property of what is inside an object that exists, and no resource', () => {
  class Bill {
    id!: string;
    userId!: string;
    org!: Org;
  }
  class Bare {
    @IsString() managerId?: string;
    @IsString() name?: string;
  }
  @WritesTo(Org)
  class ByOwner {
    @WritableBy(OWNER) @IsString() managerId?: string;
  }
  @WritesTo(Org)
  class ByAdmin {
    @WritableBy('admin') @IsString() managerId?: string;
  }
  @WritesTo(Org)
  class Stamped {
    @Preset((caller) => caller.id) @IsString() managerId?: string;
  }
  @WritesTo(Doc)
  class WithStamp {
    @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Stamped) org?: Stamped;
  }
  @WritesTo(Doc)
  class WithBare {
    @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Bare) org?: Bare;
  }
  @WritesTo(Doc)
  class WithOwner {
    @WritableBy(OWNER) @ValidateNested() @TypeOf(() => ByOwner) org?: ByOwner;
  }
  @WritesTo(Doc)
  class WithAdmin {
    @WritableBy(OWNER) @ValidateNested() @TypeOf(() => ByAdmin) org?: ByAdmin;
  }
  const docs = stored('docs', { org: 'orgs' });
  const bill = (can: Parameters<typeof defineResource<Bill>>[1]['can'], table = 'orgs') =>
    defineResource(Bill, { id: 'id', owner: 'userId', load: stored('bills', { org: table }), can });
  const gained = (where: string, resource = 'Bill') =>
    `${where}.managerId the rule 'read' of ${resource} reads it, and Docs.patch admits callers who may not 'read': one of them could name themself.`;

  it('is not written by who comes to an action of another class by it', () => {
    const reads = [DocResource(docs), bill((r) => ({ read: r.any(r.owner(), r.owner('org.managerId')) }))];
    expect(found(WithBare, reads as never)).toEqual([gained('Bare')]);
    expect(found(WithOwner, reads as never)).toEqual([gained('ByOwner')]);
    expect(found(WithAdmin, reads as never)).toEqual([]);
    // What the caller is made is the application's word.
    expect(found(WithStamp, reads as never)).toEqual([]);
    // A resource is refused as one.
    expect(found(WithBare, [...reads, OrgResource(stored('orgs'))] as never)).toEqual([
      another('WithBare.org'),
    ]);
    const others = [DocResource(docs), bill((r) => ({ read: r.owner('org.managerId') }), 'others')];
    expect(found(WithBare, others as never)).toEqual([]);
  });

  it('is not written by who comes to the other objects that hold it', () => {
    const sharing = defineResource(Doc, {
      id: 'id',
      owner: 'userId',
      load: docs,
      can: (r) => ({ update: r.owner(), read: r.any(r.owner(), r.owner('org.managerId')) }),
    });
    expect(found(WithBare, [sharing] as never)).toEqual([gained('Bare', 'Doc')]);
  });

  it('is where a role of theirs admits them already', () => {
    const byRole = defineResource(Doc, {
      id: 'id',
      owner: 'userId',
      load: docs,
      can: (r) => ({ update: r.role('admin') }),
    });
    const reads = bill((r) => ({ read: r.any(r.role('admin'), r.owner('org.managerId')) }));
    expect(found(WithOwner, [byRole, reads] as never)).toEqual([]);
  });
});
