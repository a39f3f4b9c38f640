import { Body, Patch, type Type } from '@nestjs/common';
import { Type as TypeOf } from 'class-transformer';
import { IsString, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Preset } from '../../lib/pipeline/authorization/preset.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { OWNER } from '../../lib/policy/audiences.js';
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
function found(dto: Type<object>, resources: ReadonlyArray<ReturnType<typeof defineResource>>): string[] {
  class Docs {
    @Patch(':id') @Can('update', Doc) patch(@Loaded() doc: Doc, @Body() body: object) {
      return [doc, body];
    }
  }
  Reflect.defineMetadata('design:paramtypes', [Doc, dto], Docs.prototype, 'patch');
  const control = controlOf(resources as never, { admin: [] });
  return routeOf(control, Docs, 'patch').findings.map(({ where, message }) => `${where} ${message}`);
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
      expect.stringContaining('Taken.userId its @Preset says whose Org it is'),
      another('Part.name'),
      another('Part.userId'),
    ]);
  });
});
