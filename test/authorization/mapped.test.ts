import { Body, Controller, Patch, Post } from '@nestjs/common';
import * as mapped from '@nestjs/mapped-types';
import * as swagger from '@nestjs/swagger';
import { Type as TypeOf } from 'class-transformer';
import { Allow, IsOptional, IsString, validateSync, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Preset } from '../../lib/pipeline/authorization/preset.decorator.js';
import { References } from '../../lib/pipeline/authorization/references.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { validationsOf } from '../../lib/kit/classes/validations.js';
import { ALICE, BOB, callOf, Notice, Order, routeOf, shop } from './shop.js';

@WritesTo(Order)
class Written {
  @WritableBy(OWNER) @IsString() note?: string;
  @WritableBy('support') @Allow() status?: 'open' | 'paid';
  @Preset((caller) => caller.id) @IsString() internalNote?: string;
}
class Refers {
  @References(Notice) @Allow() noticeId?: string;
  @IsString() text?: string;
}
@WritesTo(Order)
class WritesReference {
  @WritableBy(OWNER) @References(Notice) @Allow() internalNote?: string;
}
@WritesTo(Notice)
class WritesNotice {
  @WritableBy(ANYONE) @IsString() text?: string;
}

describe.each([
  ['@nestjs/mapped-types', mapped],
  ['@nestjs/swagger', swagger],
] as const)('the classes of %s', (_name, { PartialType, PickType, OmitType, IntersectionType }) => {
  class Partial extends PartialType(Written) {}
  class Picked extends PickType(Written, ['note', 'status']) {}
  class Omitted extends OmitType(Written, ['internalNote']) {}
  class Joined extends IntersectionType(Picked, WritesReference) {}
  class Again extends PartialType(PickType(OmitType(Written, ['internalNote']), ['status'])) {}
  class Referring extends PartialType(PickType(Refers, ['noticeId'])) {}
  class Narrowed extends PartialType(Written) {
    @WritableBy('admin') declare note?: string;
  }
  class Outer {
    @ValidateNested() @TypeOf(() => Omitted) inner?: Omitted;
  }

  @Controller('orders')
  class Orders {
    @Post() @Roles('user') partial(@Body() dto: Partial) {
      return dto;
    }
    @Patch(':id') @Can('audit', Order) picked(@Loaded() order: Order, @Body() dto: Picked) {
      return [order, dto];
    }
    @Patch(':id') @Can('audit', Order) omitted(@Loaded() order: Order, @Body() dto: Omitted) {
      return [order, dto];
    }
    @Patch(':id') @Can('audit', Order) joined(@Loaded() order: Order, @Body() dto: Joined) {
      return [order, dto];
    }
    @Patch(':id') @Can('audit', Order) again(@Loaded() order: Order, @Body() dto: Again) {
      return [order, dto];
    }
    @Patch(':id') @Can('audit', Order) narrowed(@Loaded() order: Order, @Body() dto: Narrowed) {
      return [order, dto];
    }
    @Patch(':id') @Can('audit', Order) outer(@Loaded() order: Order, @Body() dto: Outer) {
      return [order, dto];
    }
    @Post() @Roles('user') referring(@Body() dto: Referring) {
      return dto;
    }
  }

  const send = (method: string, body: object, caller = ALICE, id = 'a1') => {
    const call = callOf(caller, { body, params: { id } });
    return routeOf(shop().control, Orders, method).decide(call);
  };

  it('keep the rules, at any depth', () => {
    for (const method of ['picked', 'omitted', 'joined', 'again', 'outer']) {
      expect(routeOf(shop().control, Orders, method).findings).toEqual([]);
      const body = method === 'outer' ? { inner: { status: 'paid' } } : { status: 'paid' };
      expect(send(method, body)).toMatchObject({ reason: 'access.property' });
    }
    expect(send('picked', { note: 'x' })).toBeUndefined();
    expect(send('picked', { note: 'x' }, BOB)).toMatchObject({ reason: 'access.property' });
    expect(send('narrowed', { note: 'x' })).toMatchObject({ reason: 'access.property' });
  });

  it('keep presets and references', () => {
    const call = callOf(ALICE, { body: { note: 'x' } });
    expect(routeOf(shop().control, Orders, 'partial').decide(call)).toBeUndefined();
    expect(call.request.body).toEqual({ note: 'x', internalNote: 'alice' });
    expect(send('referring', { noticeId: 'b1' })).toMatchObject({ reason: 'access.reference' });
    expect(send('referring', { noticeId: 'a1' })).toBeUndefined();
    expect(send('joined', { internalNote: 'b1' })).toMatchObject({ reason: 'access.reference' });
  });

  it('do not boot where a property has no rule', () => {
    class More extends PartialType(Written) {
      @IsString() total?: number;
    }
    class Bad {
      @Post() @Roles('user') act(@Body() dto: More) {
        return dto;
      }
    }
    expect(routeOf(shop().control, Bad, 'act').findings).toMatchObject([
      { code: 'input.writes-unbound', where: 'More.total' },
    ]);
  });

  it('do not boot where they write to two entities', () => {
    class Both extends IntersectionType(Picked, WritesNotice) {}
    class Bad {
      @Post() @Roles('user') act(@Body() dto: Both) {
        return dto;
      }
    }
    const found = routeOf(shop().control, Bad, 'act').findings;
    expect(found.map(({ code, where }) => `${code} ${where}`)).toContain('input.writes-unbound Both.note');
  });

  it('do not boot where two classes say different things of one property', () => {
    @WritesTo(Order)
    class Other {
      @WritableBy('admin') @IsString() note?: string;
    }
    class Both extends IntersectionType(PickType(Written, ['note']), Other) {}
    class Bad {
      @Post() @Roles('user') act(@Body() dto: Both) {
        return dto;
      }
    }
    expect(routeOf(shop().control, Bad, 'act').findings).toMatchObject([
      {
        code: 'input.writes-unbound',
        where: 'Both.note',
        message: 'it has no @WritableBy, so nobody may write it.',
      },
    ]);
  });
});

describe('what travels with the validations', () => {
  it('is no validation: neither here nor for class-validator', () => {
    class Unvalidated {
      @WritableBy(OWNER) note?: string;
    }
    expect(validationsOf(Unvalidated)).toEqual([]);
    class Plain {
      @WritableBy(OWNER) @IsOptional() @IsString() note?: string;
    }
    const plain = (note: unknown) => Object.assign(new Plain(), { note });
    expect(validateSync(plain('x'), { whitelist: true, forbidNonWhitelisted: true })).toEqual([]);
    expect(validateSync(plain(1))).toHaveLength(1);
  });
});
