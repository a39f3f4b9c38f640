import {
  Body,
  Controller,
  Delete,
  Get,
  Param,
  Patch,
  Post,
  Query,
  UploadedFile,
  type Type,
} from '@nestjs/common';
import { PartialType } from '@nestjs/mapped-types';
import { Expose, Type as TypeOf } from 'class-transformer';
import {
  IsString,
  MaxLength,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { describe, expect, it } from 'vitest';
import { ACCESS } from '../../lib/core/access.js';
import { setMetadata } from '../../lib/core/metadata.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Lists } from '../../lib/pipeline/authorization/lists.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { Preset } from '../../lib/pipeline/authorization/preset.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { Unbound } from '../../lib/pipeline/authorization/unbound.decorator.js';
import { Where } from '../../lib/pipeline/authorization/where.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { defineResource } from '../../lib/policy/resource.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { ALICE, callOf, controlOf, Notice, Order, OrderItem, routeOf, Rows, Seat, shop } from './shop.js';

class Stranger {
  id!: string;
}

@WritesTo(Order)
class PatchOrder {
  @WritableBy(OWNER, 'support') @IsString() @MaxLength(5) note?: string;
  @WritableBy('support') @IsString() status?: 'open' | 'paid';
}

const find = (controller: Type, method = 'act', control = shop().control) => {
  const { findings } = routeOf(control, controller, method);
  return findings.map(({ code, where, fix }) => [code, where, fix].join(' | '));
};

describe('the audit', () => {
  it('finds nothing in what is right', () => {
    @Controller('orders')
    class Right {
      @Get() @Lists(Order) list(@Where() mine: unknown) {
        return mine;
      }
      @Get(':id') @Can('read', Order) get(@Loaded() order: Order) {
        return order;
      }
      @Patch(':id') @Roles('support') @Can('update', Order) patch(
        @Loaded() order: Order,
        @Body() dto: PatchOrder,
      ) {
        return [order, dto];
      }
      @Post() @Roles('user') create(@Body() dto: PatchOrder) {
        return dto;
      }
      @Get(':currency') @Roles('user') @Unbound('currency', 'a public code') rate() {}
      @Post('bulk') @Owns(Order, { from: { body: 'ids' }, many: true }) bulk(@Loaded() orders: Order[]) {
        return orders;
      }
    }
    for (const method of ['list', 'get', 'patch', 'create', 'rate', 'bulk'])
      expect(find(Right, method)).toEqual([]);
  });

  it('a path parameter that nothing checks', () => {
    class Bad {
      @Get(':id/:item') @Can('read', Order) act(@Loaded() order: Order, @Param('item') item: string) {
        return [order, item];
      }
      @Delete(':id') @Roles('admin') remove() {}
    }
    expect(find(Bad)).toEqual([
      "access.param-unbound | Bad.act | write @Can('read', Order, { from: { param: 'item' } }), or @Unbound('item', 'why') where nobody owns what it names",
    ]);
    expect(find(Bad, 'remove')).toEqual([
      "access.param-unbound | Bad.remove | write @Can('read', Order), or @Unbound('id', 'why') where nobody owns what it names",
    ]);
    setMetadata(ACCESS.public, 'why', Bad);
    expect(find(Bad)).toEqual([]);
  });

  it('a check that reads a parameter that the path has not', () => {
    class Bad {
      @Get(':orderId') @Can('read', Order) act(@Loaded() order: Order) {
        return order;
      }
      @Get(':id') @Owns(Order, { from: { param: 'order' } }) named(@Loaded() order: Order) {
        return order;
      }
    }
    expect(find(Bad)[0]).toBe(
      "access.param-unbound | Bad.act | name the place: @Can('read', Order, { from: { param: 'orderId' } })",
    );
    expect(find(Bad, 'named')[0]).toBe(
      "access.param-unbound | Bad.named | name the place: @Owns(Order, { from: { param: 'id' } })",
    );
  });

  it('parts that are not those of the id', () => {
    class Bad {
      @Get(':row')
      @Can('swap', Seat, {
        from: { parts: { row: { param: 'row' }, seat: { query: 'seat' } } },
        guardOnly: true,
      })
      act() {}
      @Get(':id')
      @Can('read', Order, { from: { parts: { id: { param: 'id' }, to: { query: 'to' } } }, guardOnly: true })
      single() {}
    }
    expect(find(Bad)[0]).toBe(
      "access.param-unbound | Bad.act | write a place for each: { from: { parts: { row: { param: 'row' }, letter: { param: 'letter' } } } }",
    );
    expect(find(Bad, 'single')[0]).toBe(
      "access.param-unbound | Bad.single | write one place: { from: { param: 'id' } }",
    );
  });

  it('unknown roles: of the route, of a rule, of a property', () => {
    class Bad {
      @Patch(':id')
      @Roles('suport' as never)
      @Can('update', Order)
      act(@Loaded() order: Order, @Body() dto: PatchOrder) {
        return [order, dto];
      }
    }
    const load = new Rows<Order>([], ['id']);
    const resource = defineResource(Order, {
      id: 'id',
      owner: 'userId',
      load,
      can: (r) => ({ update: r.role('support') }),
    });
    expect(find(Bad)).toEqual(["access.unknown-role | Bad.act | did you mean 'support'?"]);
    const control = controlOf([resource], { admin: [] });
    const declare = 'declare it in the options: authorization: { roles: { support: [] } }';
    expect(find(Bad, 'act', control)).toEqual([
      'access.unknown-role | Bad.act | declare it in the options: authorization: { roles: { suport: [] } }',
      `access.unknown-role | Order | ${declare}`,
      `access.unknown-role | PatchOrder.note | ${declare}`,
      `access.unknown-role | PatchOrder.status | ${declare}`,
    ]);
    // What several routes use is reported once.
    expect(find(Bad, 'act', control)).toEqual([]);
  });

  it('unknown resources, which then admit nobody', () => {
    class Bad {
      @Get() @Can('read', Stranger, { from: { query: 'x' }, guardOnly: true }) act() {}
      @Get() @Lists(Stranger) list(@Where() mine: unknown) {
        return mine;
      }
    }
    for (const method of ['act', 'list']) {
      expect(find(Bad, method)).toEqual([
        `access.unknown-resource | Bad.${method} | name it in the options: authorization: { resources: [defineResource(Stranger, { … })] }`,
      ]);
      expect(routeOf(shop().control, Bad, method).decide(callOf(ALICE))).toEqual({
        reason: 'access.undeclared',
      });
    }
  });

  it('unknown actions, and lists without a query', () => {
    class Bad {
      @Get(':id') @Can('reed', Order) act(@Loaded() order: Order) {
        return order;
      }
      @Get() @Lists(Order) list(@Where() mine: unknown) {
        return mine;
      }
    }
    expect(find(Bad)).toEqual(["access.unknown-action | Bad.act | did you mean 'read'?"]);
    const load = new Rows<Order>([], ['id']);
    load.query = undefined;
    const base = { id: 'id', owner: 'userId', load } as const;
    const silent = controlOf([defineResource(Order, { ...base, can: (r) => ({ read: r.owner() }) })]);
    expect(find(Bad, 'list', silent)).toEqual([expect.stringContaining('access.no-query | Bad.list')]);
    expect(routeOf(silent, Bad, 'list').decide(callOf(ALICE))).toEqual({ reason: 'access.undeclared' });
    const mute = controlOf([defineResource(Order, { ...base, can: (r) => ({ write: r.owner() }) })]);
    expect(find(Bad, 'list', mute)).toEqual([expect.stringContaining('access.unknown-action | Bad.list')]);
  });

  it('what the handler takes and nothing gives', () => {
    class Bad {
      @Get() @Roles('user') act(@Loaded() order: Order) {
        return order;
      }
      @Get() @Lists(Order) other(@Where() mine: unknown, @Where(Notice) theirs: unknown) {
        return [mine, theirs];
      }
      @Get(':id') @Can('read', Order) wrong(@Loaded() order: Order, @Loaded(Notice) notice: Notice) {
        return [order, notice];
      }
      @Get(':id/:to')
      @Can('read', Order)
      @Can('read', Order, { from: { param: 'to' } })
      twice(@Loaded() order: Order) {
        return order;
      }
    }
    expect(find(Bad)).toEqual([expect.stringContaining('access.loaded-unbound | Bad.act')]);
    expect(find(Bad, 'other')).toEqual([expect.stringContaining('write @Lists(Notice)')]);
    expect(find(Bad, 'wrong')).toEqual([expect.stringContaining("write @Can('read', Notice)")]);
    expect(find(Bad, 'twice')[0]).toContain('guardOnly: true on every check but the one');
  });

  it('what is checked and the handler does not take, or takes as another class', () => {
    class Bad {
      @Get(':id') @Can('read', Order) forgotten(order: Order) {
        return order;
      }
      @Get() @Lists(Order) all() {}
      @Get(':id') @Can('read', Order) typed(@Loaded() notice: Notice, order: Order) {
        return [notice, order];
      }
      @Get(':id') @Can('read', Order, { guardOnly: true }) union(@Loaded() order: Order | undefined) {
        return order;
      }
      @Get(':id') @Can('read', Order, { guardOnly: true }) generic(@Loaded(Order) order: unknown) {
        return order;
      }
      @Post() @Owns(Order, { from: { body: 'ids' }, many: true, guardOnly: true }) many(
        @Loaded() order: Order,
      ) {
        return order;
      }
    }
    expect(find(Bad, 'forgotten')).toEqual([
      'access.handler-parameter | Bad.forgotten | take it: @Loaded() order: Order, or write guardOnly: true',
    ]);
    expect(find(Bad, 'all')).toEqual([
      'access.handler-parameter | Bad.all | take it: @Where() mine: WhereOf<Order>',
    ]);
    expect(find(Bad, 'typed')).toEqual([
      'access.handler-parameter | Bad.typed | declare it: @Loaded() order: Order',
    ]);
    expect(find(Bad, 'many')).toEqual([
      'access.handler-parameter | Bad.many | declare it: @Loaded() order: Order[]',
    ]);
    expect(find(Bad, 'generic')).toEqual([]);
  });
});

describe('the audit of bodies', () => {
  it('finds write rules of which nobody would be the owner', () => {
    class Bad {
      @Patch() @Roles('user') act(@Body() dto: PatchOrder) {
        return dto;
      }
      @Post(':id') @Roles('user') @Unbound('id', 'why') unbound(@Body() dto: PatchOrder) {
        return dto;
      }
    }
    for (const method of ['act', 'unbound']) {
      expect(find(Bad, method)).toEqual([expect.stringContaining(`input.writes-unbound | Bad.${method}`)]);
    }
    const call = callOf(ALICE, { body: { note: 'x' }, params: { id: 'b1' } });
    expect(routeOf(shop().control, Bad, 'unbound').decide(call)).toMatchObject({ reason: 'access.property' });
  });

  it('finds a property that nobody may write, and an entity that is no resource', () => {
    @WritesTo(Stranger)
    class Dto {
      @IsString() id?: string;
    }
    class Bad {
      @Post() @Roles('user') act(@Body() dto: Dto) {
        return dto;
      }
    }
    expect(find(Bad)).toEqual([
      "input.writes-unbound | Dto.id | @WritableBy(OWNER), @WritableBy(ANYONE) or a role: @WritableBy('support')",
      expect.stringContaining('access.unknown-resource | Dto'),
    ]);
  });

  it('leaves alone a class that shares a validator, a base class or nothing with one that writes', () => {
    @ValidatorConstraint()
    class Polite implements ValidatorConstraintInterface {
      validate() {
        return true;
      }
    }
    class Base {
      @IsString() @MaxLength(5) note?: string;
    }
    @WritesTo(Order)
    class Writes extends Base {
      @WritableBy(OWNER) declare note?: string;
      @WritableBy(OWNER) @Validate(Polite) internalNote?: string;
    }
    class Plain extends PartialType(Base) {
      @IsString() @MaxLength(5) @Validate(Polite) text?: string;
    }
    class Fine {
      @Post() @Roles('user') act(@Body() dto: Plain) {
        return dto;
      }
      @Post() @Roles('user') writes(@Body() dto: Writes) {
        return dto;
      }
    }
    const { control } = shop();
    expect(find(Fine, 'writes', control)).toEqual([]);
    expect(find(Fine, 'act', control)).toEqual([]);
  });

  it('finds @WritableBy in a class without @WritesTo: its own, inherited, nested, in a query', () => {
    class Base {
      @WritableBy('support') @IsString() note?: string;
    }
    class Dto extends Base {}
    class Outer {
      @ValidateNested() @TypeOf(() => Dto) inner?: Dto;
    }
    @WritesTo(Order)
    class Writer {
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Outer) items?: never;
    }
    class Bad {
      @Post() @Roles('user') act(@Body() dto: Dto) {
        return dto;
      }
      @Post() @Roles('user') nested(@Body() dto: Outer) {
        return dto;
      }
      @Post() @Roles('user') inWriter(@Body() dto: Writer) {
        return dto;
      }
      @Get() @Roles('user') query(@Query() dto: Dto) {
        return dto;
      }
    }
    for (const method of ['act', 'nested', 'inWriter', 'query']) {
      const { findings } = routeOf(shop().control, Bad, method);
      expect(findings).toEqual([
        {
          code: 'input.writes-unbound',
          where: 'Dto.note',
          message: 'it has @WritableBy, but Dto has no @WritesTo: nothing checks it.',
          fix: '@WritesTo(Order) class Dto, with the class that it writes to',
        },
      ]);
    }
  });

  it('finds a property that names the row that is written, by its name or its alias', () => {
    @WritesTo(OrderItem)
    class Item {
      @WritableBy('admin') @Expose({ name: 'id' }) @IsString() sku?: string;
    }
    @WritesTo(Order)
    class Dto {
      @WritableBy('admin') @Expose({ name: 'id' }) @IsString() note?: string;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Item) items?: never;
    }
    @WritesTo(Order)
    class Renamed {
      @WritableBy(OWNER) @Expose({ name: 'key' }) @IsString() id?: string;
    }
    @WritesTo(Seat)
    class Place {
      @WritableBy(OWNER) @IsString() letter?: string;
    }
    class Bad {
      @Patch(':id') @Can('read', Order) act(@Loaded() order: Order, @Body() dto: Dto) {
        return [order, dto];
      }
      @Post() @Roles('user') renamed(@Body() dto: Renamed) {
        return dto;
      }
      @Post() @Roles('user') place(@Body() dto: Place) {
        return dto;
      }
    }
    const names = (where: string, entity: string) =>
      `input.writes-unbound | ${where} | remove it from ${where.split('.')[0]}, and take the id from the path: @Can('update', ${entity})`;
    expect(find(Bad)).toEqual([names('Dto.note', 'Order'), names('Item.sku', 'OrderItem')]);
    expect(find(Bad, 'renamed')).toEqual([names('Renamed.id', 'Order')]);
    expect(find(Bad, 'place')).toEqual([names('Place.letter', 'Seat')]);
  });

  it('finds a property by which an owner could give away, or anyone take, what is written', () => {
    @WritesTo(Order)
    class ByOwner {
      @WritableBy(OWNER, 'admin') @IsString() userId?: string;
    }
    @WritesTo(Order)
    class ByAnyone {
      @WritableBy(ANYONE) @Expose({ name: 'userId' }) @IsString() note?: string;
    }
    @WritesTo(Order)
    class Shadowed {
      @WritableBy(OWNER) @Expose({ name: 'by' }) @IsString() userId?: string;
      @WritableBy('admin') @Expose({ name: 'userId' }) @IsString() note?: string;
    }
    @WritesTo(Order)
    class ByRole {
      @WritableBy('admin') @IsString() userId?: string;
    }
    class Bad {
      @Patch(':id') @Can('read', Order) owner(@Loaded() order: Order, @Body() dto: ByOwner) {
        return [order, dto];
      }
      @Post() @Roles('user') anyone(@Body() dto: ByAnyone) {
        return dto;
      }
      @Post() @Roles('user') shadowed(@Body() dto: Shadowed) {
        return dto;
      }
      @Post() @Roles('user') role(@Body() dto: ByRole) {
        return dto;
      }
    }
    const gives = (where: string) => [
      expect.stringContaining(`input.writes-unbound | ${where} | name roles alone`),
    ];
    expect(find(Bad, 'owner')).toEqual(gives('ByOwner.userId'));
    expect(find(Bad, 'anyone')).toEqual(gives('ByAnyone.note'));
    expect(find(Bad, 'shadowed')).toEqual(gives('Shadowed.userId'));
    expect(find(Bad, 'role')).toEqual([]);
  });

  it('finds a POST that could name an object that exists: what it writes is nobody’s', () => {
    class Envelope {
      @IsString() order?: string;
      @ValidateNested() @TypeOf(() => PatchOrder) patch?: PatchOrder;
    }
    class Between {
      @ValidateNested({ each: true }) @TypeOf(() => Item) list?: Item[];
    }
    @WritesTo(Notice)
    class Item {
      @WritableBy(OWNER) @IsString() text?: string;
    }
    @WritesTo(Order)
    class Broken {
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Between) items?: never;
    }
    @WritesTo(Order)
    class Whole {
      @WritableBy(OWNER) @ValidateNested({ each: true }) @TypeOf(() => Item) items?: never;
    }
    class Bad {
      @Post() @Roles('user') query(@Body() dto: PatchOrder, @Query('order') id: string) {
        return [dto, id];
      }
      @Post() @Roles('user') beside(@Body('order') dto: PatchOrder, @Body('id') id: string) {
        return [dto, id];
      }
      @Post() @Roles('user') envelope(@Body() dto: Envelope) {
        return dto;
      }
      @Post() @Roles('user') between(@Body() dto: Broken) {
        return dto;
      }
      @Post() @Can('read', Notice, { from: { header: 'x-notice' } }) child(
        @Loaded() notice: Notice,
        @Body() dto: PatchOrder,
      ) {
        return [notice, dto];
      }
      @Post() @Lists(Order) lists(@Where() mine: unknown, @Body() dto: PatchOrder) {
        return [mine, dto];
      }
      @Post() @Roles('user') whole(@Body() dto: Whole) {
        return dto;
      }
    }
    const bodies = {
      query: { note: 'x' },
      beside: { order: { note: 'x' } },
      envelope: { patch: { note: 'x' } },
      between: { items: { list: [{ text: 'x' }] } },
      child: { note: 'x' },
      lists: { note: 'x' },
      whole: { items: [{ text: 'x' }] },
    };
    for (const [method, body] of Object.entries(bodies)) {
      const { control } = shop();
      const { findings, decide } = routeOf(control, Bad, method);
      const unbound = {
        code: 'input.writes-unbound',
        where: `Bad.${method}`,
        fix: expect.stringContaining(
          "write @Can('update', Order) on the method, with { from: { body: 'orderId' } }",
        ),
      };
      // A child of an object that was checked names no object but that one.
      const creates = method === 'whole' || method === 'child';
      expect(findings).toEqual(creates ? [] : [expect.objectContaining(unbound)]);
      const decision = decide(callOf(ALICE, { body, headers: { 'x-notice': 'a1' } }));
      if (creates) expect(decision).toBeUndefined();
      else expect(decision).toMatchObject({ reason: 'access.property' });
    }
  });

  it('finds a resource inside an object that exists: the row may be another’s', () => {
    @WritesTo(Notice)
    class Part {
      @WritableBy('admin') @IsString() userId?: string;
      @WritableBy(OWNER, 'admin') @IsString() text?: string;
    }
    @WritesTo(Notice)
    class Open {
      @WritableBy(ANYONE) @IsString() text?: string;
    }
    @WritesTo(Notice)
    class Taken {
      @Preset((caller) => caller.id) @IsString() userId!: string;
    }
    @WritesTo(Notice)
    class Stamped {
      @Preset((caller) => caller.id) @IsString() userId!: string;
    }
    class Between {
      @ValidateNested() @TypeOf(() => Open) open?: Open;
    }
    @WritesTo(Order)
    class Whole {
      @WritableBy('admin') @ValidateNested() @TypeOf(() => Stamped) status?: never;
      @WritableBy(OWNER) @ValidateNested({ each: true }) @TypeOf(() => Part) items?: never;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Between) note?: never;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Taken) internalNote?: never;
    }
    @WritesTo(Order)
    class Made {
      @WritableBy(OWNER) @ValidateNested({ each: true }) @TypeOf(() => Part) items?: never;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Taken) internalNote?: never;
    }
    @WritesTo(Order)
    class Self {
      @WritableBy(OWNER) @IsString() note?: string;
      @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Self) items?: never;
    }
    @WritesTo(Order)
    class ByRole {
      @WritableBy('admin') @ValidateNested() @TypeOf(() => Open) items?: never;
      @WritableBy('admin') @ValidateNested() @TypeOf(() => ByRole) note?: never;
      @WritableBy(OWNER) @IsString() internalNote?: string;
    }
    @WritesTo(OrderItem)
    class Item {
      @WritableBy(OWNER) @IsString() sku?: string;
    }
    @WritesTo(Order)
    class Parts {
      @WritableBy(OWNER) @ValidateNested({ each: true }) @TypeOf(() => Item) items?: never;
    }
    class Bad {
      @Patch(':id') @Can('read', Order) act(@Loaded() order: Order, @Body() dto: Whole) {
        return [order, dto];
      }
      @Patch(':id') @Can('read', Order) self(@Loaded() order: Order, @Body() dto: Self) {
        return [order, dto];
      }
      @Patch(':id') @Can('read', Order) byRole(@Loaded() order: Order, @Body() dto: ByRole) {
        return [order, dto];
      }
      @Patch(':id') @Can('read', Order) parts(@Loaded() order: Order, @Body() dto: Parts) {
        return [order, dto];
      }
      // What is created with it is new: a row that exists is named by nothing.
      @Post() @Roles('user') create(@Body() dto: Made) {
        return dto;
      }
    }
    const another = (where: string, entity: string) =>
      `input.writes-unbound | ${where} | change ${entity} by a route of its own: @Can('update', ${entity}) on its id; or name roles alone, @WritableBy('admin')`;
    expect(find(Bad)).toEqual([
      another('Part.text', 'Notice'),
      another('Open.text', 'Notice'),
      "input.writes-unbound | Taken.userId | change Notice by a route of its own: @Can('update', Notice) on its id; or take a class without userId there: OmitType(Taken, ['userId'])",
      "input.writes-unbound | Stamped.userId | take a class without userId there: OmitType(Stamped, ['userId'])",
    ]);
    expect(find(Bad, 'self')).toEqual([another('Self.note', 'Order'), another('Self.items', 'Order')]);
    expect(find(Bad, 'byRole')).toEqual([]);
    expect(find(Bad, 'parts')).toEqual([]);
    expect(find(Bad, 'create')).toEqual([]);
  });

  it('finds an id in a class without rules inside one that has them', () => {
    class Deep {
      @IsString() id?: string;
    }
    class Part {
      @IsString() name?: string;
      @ValidateNested() @TypeOf(() => Deep) deep?: Deep;
    }
    @WritesTo(Order)
    class Whole {
      @WritableBy(OWNER) @ValidateNested({ each: true }) @TypeOf(() => Part) items?: never;
    }
    class Bad {
      @Post() @Roles('user') create(@Body() dto: Whole) {
        return dto;
      }
    }
    const { control } = shop();
    expect(routeOf(control, Bad, 'create').findings).toContainEqual(
      expect.objectContaining({ code: 'input.writes-unbound', where: 'Deep.id' }),
    );
  });

  it('finds a body that comes with files', () => {
    class Bad {
      @Post() @Roles('user') act(@Body() dto: PatchOrder, @UploadedFile() file: object) {
        return [dto, file];
      }
    }
    expect(find(Bad)).toEqual([expect.stringContaining('take the file and the properties by two routes')]);
  });
});

describe('the inventory', () => {
  it('says it in words', () => {
    @Controller('orders')
    @Roles('user')
    class Orders {
      @Post(':id/refund')
      @Roles('support', 'admin')
      @Can('refund', Order)
      @Unbound('x', 'a public code')
      refund(@Loaded() order: Order, @Body() dto: PatchOrder) {
        return [order, dto];
      }
      @Get() @Lists(Order) list(@Where() mine: unknown) {
        return mine;
      }
      @Post() @Owns(Order, { from: { body: 'ids' }, many: true }) bulk(@Loaded() orders: Order[]) {
        return orders;
      }
    }
    class Open {
      @Get() act() {}
    }
    const words = (method: string, controller: Type = Orders) =>
      routeOf(shop().control, controller, method).words;
    expect(words('refund')).toEqual({
      who: 'user, support or admin, may refund Order',
      writes: 'PatchOrder (note: owner or support, status: support)',
      unbound: 'x: a public code',
    });
    expect(words('list')).toEqual({ who: 'user, rows of Order that read admits' });
    expect(words('bulk')).toEqual({ who: 'user, owner of every Order' });
    expect(words('act', Open)).toEqual({});
  });
});
