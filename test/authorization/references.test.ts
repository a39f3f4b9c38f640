import { Body, Controller, Patch, Post, Query, type Type } from '@nestjs/common';
import { Expose, Transform, Type as TypeOf } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Denial } from '../../lib/core/decision.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { References } from '../../lib/pipeline/authorization/references.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { OWNER } from '../../lib/policy/audiences.js';
import { ALICE, BOB, callOf, Notice, Order, OrderItem, routeOf, Seat, shop, SUE } from './shop.js';

class Line {
  @References(Order) @IsString() orderId!: string;
  @IsOptional() @IsString() text?: string;
}
class SeatId {
  @IsString() row!: number;
  @IsString() letter!: string;
}
class Shipment {
  @References(Order) @Expose({ name: 'order' }) @IsString() orderId?: string;
  @References(Order, { action: 'update' }) @IsArray() @IsString({ each: true }) changes?: string[];
  @References(Notice) @IsOptional() @IsString() notice?: string | null;
  @IsArray() @ValidateNested({ each: true }) @TypeOf(() => Line) lines?: Line[];
  @References(Seat, { action: 'swap' }) @ValidateNested() @TypeOf(() => SeatId) seat?: {
    row: number;
    letter: string;
  };
}
@WritesTo(Order)
class PatchOrder {
  @WritableBy('support') @References(Notice) @IsString() note?: string | null;
}
@WritesTo(Order)
class CreateOrder {
  @WritableBy(OWNER)
  @IsArray()
  @ValidateNested({ each: true })
  @TypeOf(() => CreateLine)
  items?: CreateLine[];
}
@WritesTo(OrderItem)
class CreateLine {
  @WritableBy(OWNER) @ValidateNested() @TypeOf(() => Line) sku?: never;
}

@Controller('shipments')
class Shipments {
  @Post() @Roles('user') send(@Body() dto: Shipment) {
    return dto;
  }
  @Post() @Roles('user') part(@Body('shipment') dto: Shipment) {
    return dto;
  }
  @Post(':id') @Can('read', Order) about(@Loaded() order: Order, @Body() dto: Shipment) {
    return [order, dto];
  }
  @Patch(':id') @Can('audit', Order) patch(@Loaded() order: Order, @Body() dto: PatchOrder) {
    return [order, dto];
  }
  @Post() @Roles('user') create(@Body() dto: CreateOrder) {
    return dto;
  }
}

function ask(caller: typeof ALICE | null, body: unknown, method = 'send', params = {}, at = shop()) {
  const call = callOf(caller, { body, params });
  const denial = routeOf(at.control, Shipments, method).decide(call) as Denial | undefined;
  return { reason: denial?.reason, denial, pointers: denial?.errors?.map(({ pointer }) => pointer), at };
}

describe('what a body refers to', () => {
  it('is loaded with the rest, each object once', () => {
    const body = { order: 'a1', changes: ['a2', 'A1', 'a2'], lines: [{ orderId: 'a1' }, { orderId: 'a2' }] };
    const { reason, at } = ask(ALICE, body, 'about', { id: 'a1' });
    expect(reason).toBeUndefined();
    expect(at.orders.calls).toEqual([['a1', 'a2']]);
    expect(at.notices.calls).toEqual([]);
  });

  it('loads nothing where the body names nothing', () => {
    for (const body of [undefined, null, '', [], {}, { notice: null, lines: [], changes: [] }]) {
      const { reason, at } = ask(ALICE, body);
      expect([reason, at.orders.calls]).toEqual([undefined, []]);
    }
  });

  it.each([
    ['foreign', 'b1'],
    ['missing', 'zz'],
    ["nobody's", 'n1'],
    ['no id', '!'],
    ['empty', ''],
    ['an operator', { $ne: null }],
    ['a list in a list', [['a1']]],
    ['a hole', [null]],
    ['too many', Array.from({ length: 101 }, () => 'a1')],
    ['a boolean', true],
  ])('that is %s is one and the same answer', (_name, order) => {
    const { denial } = ask(ALICE, { order });
    const pointer = Array.isArray(order) && order.length === 1 ? '/order/0' : '/order';
    expect(denial).toEqual({
      reason: 'access.reference',
      note: 'Order',
      errors: [{ pointer, code: 'reference', detail: 'names nothing that this caller may use' }],
    });
  });

  it('needs the action that is named', () => {
    expect(ask(ALICE, { order: 'a3' }).reason).toBeUndefined();
    expect(ask(ALICE, { changes: ['a1', 'a3'] }).pointers).toEqual(['/changes/1']);
    expect(ask(SUE, { order: 'a1' }).reason).toBeUndefined();
    expect(ask(SUE, { changes: ['a1'] }).pointers).toEqual(['/changes/0']);
  });

  it('is found at any depth, in a part of the body, and by a composite id', () => {
    const lines = [{ orderId: 'a1' }, { orderId: 'b1' }];
    expect(ask(ALICE, { lines, order: 'b2' }).pointers).toEqual(['/lines/1/orderId', '/order']);
    expect(ask(ALICE, { shipment: { lines } }, 'part').pointers).toEqual(['/shipment/lines/1/orderId']);
    expect(ask(ALICE, { lines }, 'part').reason).toBeUndefined();
    expect(ask(ALICE, [{ order: 'b1' }]).pointers).toEqual(['/0/order']);
    expect(ask(ALICE, { seat: { row: 1, letter: 'A' } }).reason).toBeUndefined();
    expect(ask(BOB, { seat: { row: 1, letter: 'A' } }).pointers).toEqual(['/seat']);
    expect(ask(ALICE, { seat: { row: { $gt: 0 }, letter: 'A' } }).pointers).toEqual(['/seat']);
    expect(ask(ALICE, { items: [{ sku: { orderId: 'b1' } }] }, 'create').pointers).toEqual([
      '/items/0/sku/orderId',
    ]);
  });

  it('of more than 100 objects is refused, and of any number of the same is not', () => {
    const at = shop();
    for (let i = 0; i < 101; i++) {
      at.orders.rows.push(Object.assign(new Order(), { id: `x${i}`, userId: 'alice' }));
    }
    const lines = Array.from({ length: 101 }, (_, i) => ({ orderId: `x${i}` }));
    expect(ask(ALICE, { lines: lines.slice(1) }, 'send', {}, at).reason).toBeUndefined();
    expect(ask(ALICE, { lines }, 'send', {}, at).pointers).toEqual(['/lines/100/orderId']);
    const same = Array.from({ length: 3000 }, () => ({ orderId: 'a1' }));
    expect(ask(ALICE, { lines: same }).reason).toBeUndefined();
    expect(ask(ALICE, { lines: [...same, { orderId: 'b1' }] }).pointers).toEqual(['/lines/3000/orderId']);
  });

  it('at most 20 are told', () => {
    expect(ask(ALICE, { changes: Array.from({ length: 90 }, () => 'b1') }).pointers).toHaveLength(20);
  });

  it('is asked after the object of the path and after the write rules', () => {
    expect(ask(ALICE, { order: 'b1' }, 'about', { id: 'b1' }).reason).toBe('access.hidden');
    expect(ask(ALICE, { order: 'b1' }, 'about', { id: '!' }).reason).toBe('access.id');
    expect(ask(ALICE, { note: 'b1' }, 'patch', { id: 'a1' }).reason).toBe('access.property');
    expect(ask(SUE, { note: 'b1' }, 'patch', { id: 'a1' }).reason).toBe('access.reference');
  });

  it('names nothing for nobody', () => {
    expect(ask(null, { order: 'a1' }).reason).toBe('token.missing');
  });

  it('that cannot be loaded is 503', () => {
    const at = shop();
    at.orders.failure = () => {
      throw new Error('down');
    };
    expect(ask(ALICE, { order: 'a1' }, 'send', {}, at).reason).toBe('access.loader');
  });

  it('passes exactly when every single one does', () => {
    const ids = fc.array(fc.constantFrom('a1', 'a2', 'a3', 'b1', 'n1', 'zz', '!', ''), { maxLength: 6 });
    fc.assert(
      fc.property(ids, fc.constantFrom(ALICE, BOB, SUE), (list, caller) => {
        const together = ask(caller, { lines: list.map((orderId) => ({ orderId })) });
        const alone = list.map((orderId) => ask(caller, { order: orderId }).reason);
        const refused = alone.flatMap((reason, i) => (reason ? [`/lines/${i}/orderId`] : []));
        expect(together.pointers ?? []).toEqual(refused);
      }),
      { numRuns: 200 },
    );
  });

  it('stands in the inventory', () => {
    expect(routeOf(shop().control, Shipments, 'create').words['who']).toBe(
      'user, may read Order in Line.orderId',
    );
  });
});

describe('the audit', () => {
  const find = (dto: Type<object>, decorator: ParameterDecorator = Body()) => {
    class Bad {
      act(_dto: unknown) {}
    }
    Reflect.defineMetadata('design:paramtypes', [dto], Bad.prototype, 'act');
    decorator(Bad.prototype, 'act', 0);
    Post()(Bad.prototype, 'act', Object.getOwnPropertyDescriptor(Bad.prototype, 'act')!);
    Roles('user')(Bad.prototype, 'act', Object.getOwnPropertyDescriptor(Bad.prototype, 'act')!);
    const { findings, decide } = routeOf(shop().control, Bad, 'act');
    return { codes: findings.map(({ code, where }) => `${code} ${where}`), decide };
  };

  it('finds a reference to no resource, or by no action, and the route admits nobody', () => {
    class Stranger {
      @References(OrderItem) @IsString() itemId!: string;
    }
    class Nothing {
      @References(Notice, { action: 'raed' }) @IsString() noticeId!: string;
    }
    const stranger = find(Stranger);
    expect(stranger.codes).toEqual(['access.unknown-resource Stranger.itemId']);
    expect(stranger.decide(callOf(ALICE, { body: {} }))).toMatchObject({ reason: 'access.undeclared' });
    expect(find(Nothing).codes).toEqual(['access.unknown-action Nothing.noticeId']);
  });

  it('finds one that the handler would see as something else', () => {
    class Bent {
      @References(Notice) @IsString() @Transform(({ value }) => String(value)) noticeId!: string;
    }
    expect(find(Bent).codes).toEqual(['access.reference-unchecked Bent.noticeId']);
  });

  it('finds an id of @Can that the handler would see as something else, wherever a class holds it', () => {
    class Named {
      @IsOptional() @IsString() @Transform(({ obj }) => (obj as { other: string }).other) order?: string;
      @IsOptional()
      @IsString()
      @Expose({ name: 'sent' })
      @Transform(({ value }) => value as string)
      mine?: string;
      @IsOptional() @IsString() fine?: string;
    }
    class Places {
      @Post() @Can('read', Order, { from: { body: 'order' }, guardOnly: true }) body(@Body() dto: Named) {
        return dto;
      }
      @Post() @Can('read', Order, { from: { query: 'sent' }, guardOnly: true }) query(@Query() dto: Named) {
        return dto;
      }
      @Post() @Can('read', Order, { from: { body: 'fine' }, guardOnly: true }) fine(@Body() dto: Named) {
        return dto;
      }
      @Post() @Can('read', Order, { from: { query: 'order' }, guardOnly: true }) other(@Body() dto: Named) {
        return dto;
      }
    }
    Controller()(Places);
    const codes = (method: string) =>
      routeOf(shop().control, Places, method).findings.map(({ code, message }) => `${code} ${message}`);
    expect(codes('body')).toEqual([expect.stringMatching(/^access.reference-unchecked .*Named\.order/)]);
    expect(codes('query')).toEqual([expect.stringMatching(/^access.reference-unchecked .*Named\.mine/)]);
    expect(codes('fine')).toEqual([]);
    expect(codes('other')).toEqual([]);
  });

  it('finds one outside of a body', () => {
    expect(find(Line, Query()).codes).toEqual(['input.writes-unbound Bad.act']);
  });

  it.each([
    ['no class', () => References(undefined as never)],
    ['no action', () => References(Order, { action: '' })],
    ['another option', () => References(Order, { actoin: 'read' } as never)],
  ])('%s does not load', (_name, decorator) => {
    expect(() => decorator()(class {}.prototype, 'id' as never)).toThrow('References');
  });
});
