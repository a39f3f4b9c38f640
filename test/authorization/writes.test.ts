import { Body, Controller, Delete, Patch, Post, Put } from '@nestjs/common';
import { Expose, Type as TypeOf } from 'class-transformer';
import { IsArray, IsString, ValidateNested } from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCESS } from '../../lib/core/access.js';
import type { Denial } from '../../lib/core/decision.js';
import { setMetadata } from '../../lib/core/metadata.js';
import type { Principal } from '../../lib/core/principal.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { ALICE, BOB, callOf, Order, OrderItem, ROOT, routeOf, shop, SUE } from './shop.js';

@WritesTo(OrderItem)
class PatchItem {
  @WritableBy(OWNER) @IsString() quantity?: number;
  @WritableBy('admin') @IsString() price?: number;
}

@WritesTo(Order)
class PatchOrder {
  @WritableBy(OWNER) @IsString() note?: string | null;
  @WritableBy('support') @IsString() status?: 'open' | 'paid';
  @WritableBy('admin')
  @WritableBy(OWNER)
  @Expose({ name: 'internal/note' })
  @IsString()
  internalNote?: string;
  @WritableBy(ANYONE) @IsArray() @ValidateNested({ each: true }) @TypeOf(() => PatchItem) items?: PatchItem[];
  /** Without `@WritableBy`. */
  @IsString() total?: number;
}

class Narrowed extends PatchOrder {
  @WritableBy('admin') declare note?: string | null;
}

class Wrapper {
  @ValidateNested() @TypeOf(() => PatchOrder) first?: PatchOrder;
  @IsArray() @ValidateNested({ each: true }) @TypeOf(() => Wrapper) more?: Wrapper[];
  @IsString() ids?: string;
}

@Controller('orders')
class Orders {
  @Patch(':id') @Can('audit', Order) patch(@Loaded() order: Order, @Body() dto: PatchOrder) {
    return [order, dto];
  }
  @Patch(':id') @Can('audit', Order) narrowed(@Loaded() order: Order, @Body() dto: Narrowed) {
    return [order, dto];
  }
  @Patch(':id') @Can('audit', Order) wrapped(@Loaded() order: Order, @Body() dto: Wrapper) {
    return [order, dto];
  }
  @Patch(':id') @Can('audit', Order) part(@Loaded() order: Order, @Body('order') dto: PatchOrder) {
    return [order, dto];
  }
  @Delete() @Can('audit', Order, { from: { body: 'ids' }, many: true }) bulk(
    @Loaded() orders: Order[],
    @Body() dto: Wrapper,
  ) {
    return [orders, dto];
  }
  @Patch(':id')
  @Can('audit', Order)
  @Can('audit', Order, { from: { body: 'other' }, guardOnly: true })
  merge(@Loaded() order: Order, @Body() dto: PatchOrder) {
    return [order, dto];
  }
  @Post() @Roles('user') create(@Body() dto: PatchOrder) {
    return dto;
  }
  @Put() @Roles('user') replace(@Body() dto: PatchOrder) {
    return dto;
  }
}

function send(
  caller: Principal | null,
  method: string,
  body: unknown,
  params: object = { id: 'a1' },
  headers = {},
) {
  const call = callOf(caller, { body, params: params as never, headers });
  const denial = routeOf(shop().control, Orders, method).decide(call) as Denial | undefined;
  return { reason: denial?.reason, denial, pointers: denial?.errors?.map(({ pointer }) => pointer) };
}

describe('the properties of a body', () => {
  const MATRIX = {
    note: { alice: true, bob: false, sue: false, root: false },
    status: { alice: false, bob: false, sue: true, root: true },
    internalNote: { alice: true, bob: false, sue: false, root: true },
    'internal/note': { alice: true, bob: false, sue: false, root: true },
    items: { alice: true, bob: true, sue: true, root: true },
    total: { alice: false, bob: false, sue: false, root: false },
  };
  const callers = [ALICE, BOB, SUE, ROOT];
  const keys = Object.keys(MATRIX) as Array<keyof typeof MATRIX>;

  it('are written by those whom @WritableBy names, in any combination; unknown ones are the pipe’s', () => {
    const bodies = fc.tuple(
      fc.subarray([...keys]),
      fc.subarray(['unknown', 'userId', 'constructor', 'toString', '']),
    );
    fc.assert(
      fc.property(bodies, fc.constantFrom(...callers), ([declared, unknown], caller) => {
        const body = Object.fromEntries([...declared, ...unknown].map((key) => [key, null]));
        const refused = declared.filter((key) => !MATRIX[key][caller.id as 'alice']);
        const { reason, pointers } = send(caller, 'patch', body);
        expect(reason).toBe(refused.length > 0 ? 'access.property' : undefined);
        expect(pointers ?? []).toEqual(refused.map((key) => `/${key.replace('/', '~1')}`));
      }),
      { numRuns: 500 },
    );
  });

  it('are told by pointer, code and detail, without a value', () => {
    const { denial } = send(BOB, 'patch', { note: 'hunter2' });
    expect(denial).toEqual({
      reason: 'access.property',
      note: 'PatchOrder',
      errors: [{ pointer: '/note', code: 'not-writable', detail: 'may not be written by this caller' }],
    });
  });

  it('a null-prototype body is checked', () => {
    expect(send(BOB, 'patch', Object.assign(Object.create(null) as object, { note: 'x' })).reason).toBe(
      'access.property',
    );
  });

  it.each([undefined, null, '', 'note', 7, true, [], {}, [[]], [null]])('%o has none', (body) => {
    expect(send(BOB, 'patch', body).reason).toBeUndefined();
  });

  it('a list in place of an object is checked item by item', () => {
    expect(send(BOB, 'patch', [{}, { note: 'x' }]).pointers).toEqual(['/1/note']);
  });

  it('at most 20 are told', () => {
    const items = Array.from({ length: 5000 }, () => ({ price: 1 }));
    expect(send(ALICE, 'patch', { items }).pointers).toEqual(
      Array.from({ length: 20 }, (_, i) => `/items/${i}/price`),
    );
  });

  it('at most 20 are told, wherever the twentieth stands', () => {
    const items = Array.from({ length: 12 }, () => ({ quantity: 1, price: 1 }));
    expect(send(BOB, 'patch', { note: 'x', items }).pointers).toHaveLength(20);
  });

  it('a subclass inherits, and replaces what it declares again', () => {
    expect(send(ALICE, 'narrowed', { note: 'x' }).reason).toBe('access.property');
    expect(send(ROOT, 'narrowed', { note: 'x' }).reason).toBeUndefined();
    expect(send(ALICE, 'narrowed', { internalNote: 'x' }).reason).toBeUndefined();
  });

  it('one property of the body may be the object', () => {
    expect(send(BOB, 'part', { order: { note: 'x' } }).pointers).toEqual(['/order/note']);
    expect(send(BOB, 'part', { note: 'x' }).reason).toBeUndefined();
    expect(send(BOB, 'part', null).reason).toBeUndefined();
  });

  it('a body that comes after the guard is refused', () => {
    const multipart = { 'content-type': 'Multipart/form-data; boundary=x' };
    expect(send(ALICE, 'patch', undefined, undefined, multipart).reason).toBe('access.property');
  });
});

describe('nested objects', () => {
  it('belong to the owner of the object around them', () => {
    expect(send(ALICE, 'patch', { items: [{ quantity: 1 }] }).reason).toBeUndefined();
    expect(send(BOB, 'patch', { items: [{}, { quantity: 1, price: 1 }] }).pointers).toEqual([
      '/items/1/quantity',
      '/items/1/price',
    ]);
    expect(send(ROOT, 'patch', { items: { price: 1 } }).reason).toBeUndefined();
  });

  it('are found in classes without write rules, also in those that hold themselves', () => {
    const deep = { more: [{ more: [{ first: { note: 'x', total: 1 } }], ids: 'x' }] };
    expect(send(ALICE, 'wrapped', deep).pointers).toEqual(['/more/0/more/0/first/total']);
    expect(send(BOB, 'wrapped', deep).pointers).toEqual([
      '/more/0/more/0/first/note',
      '/more/0/more/0/first/total',
    ]);
  });

  it('with many objects, OWNER is the owner of every one', () => {
    const first = { note: 'x' };
    expect(send(ALICE, 'bulk', { ids: ['a1', 'a2'], first }).reason).toBeUndefined();
    expect(send(ALICE, 'bulk', { ids: ['a1', 'b1'], first }).reason).toBe('access.property');
    expect(send(ALICE, 'bulk', { ids: ['a1', 'n1'], first }).reason).toBe('access.property');
  });
});

describe('with objects from two places', () => {
  it('OWNER is the owner of every one', () => {
    expect(send(ALICE, 'merge', { other: 'a2', note: 'x' }).reason).toBeUndefined();
    expect(send(ALICE, 'merge', { other: 'b1', note: 'x' }).reason).toBe('access.property');
  });
});

describe('an object that is being created', () => {
  it('belongs to the caller', () => {
    expect(send(BOB, 'create', { note: 'x' }, {}).reason).toBeUndefined();
    expect(send(BOB, 'create', { status: 'paid' }, {}).reason).toBe('access.property');
  });

  it('on another method than POST belongs to nobody', () => {
    expect(send(BOB, 'replace', { note: 'x' }, {}).reason).toBe('access.property');
  });

  it('by nobody belongs to nobody', () => {
    @WritesTo(Order)
    class SignUp {
      @WritableBy(OWNER) @IsString() note?: string;
      @WritableBy(ANYONE) @IsString() total?: number;
    }
    class Open {
      @Post() act(@Body() dto: SignUp) {
        return dto;
      }
    }
    setMetadata(ACCESS.public, 'sign-up', Open);
    const ask = (body: unknown) => routeOf(shop().control, Open, 'act').decide(callOf(null, { body }));
    expect(ask({ total: 1 })).toBeUndefined();
    expect(ask({ note: 'x' })).toMatchObject({ reason: 'access.property' });
  });
});
