import { Body, Controller, Get, Patch, Post, type Type } from '@nestjs/common';
import { Type as TypeOf } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { Public } from '../../lib/pipeline/authentication/public.decorator.js';
import { Authenticated } from '../../lib/pipeline/authentication/authenticated.decorator.js';
import { Guarded } from '../../lib/pipeline/authorization/guarded.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Preset } from '../../lib/pipeline/authorization/preset.decorator.js';
import { References } from '../../lib/pipeline/authorization/references.decorator.js';
import { Where } from '../../lib/pipeline/authorization/where.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { callOf, Order, routeOf, shop } from './shop.js';

class Line {
  @References(Order) @IsString() orderId!: string;
}
class Lines {
  @IsArray() @ValidateNested({ each: true }) @TypeOf(() => Line) lines!: Line[];
}
@WritesTo(Order)
class Free {
  @WritableBy(ANYONE) @IsString() note!: string;
}
@WritesTo(Order)
class ByRole {
  @WritableBy('support') @IsOptional() @IsString() note?: string;
  @WritableBy(ANYONE) @IsString() internalNote!: string;
}
@WritesTo(Order)
class ByOwner {
  @WritableBy(OWNER) @IsString() note!: string;
}
@WritesTo(Order)
class Filled {
  @WritableBy(ANYONE) @IsString() note!: string;
  @Preset(({ id }) => id) @IsString() userId!: string;
}

const find = (controller: Type) => {
  const { findings } = routeOf(shop().control, controller, 'act');
  return findings.map(({ code, message }) => `${code} ${message}`);
};
const taking = (body: Type): Type => {
  @Controller('c')
  class C {
    @Post() @Public('a form') act(@Body() dto: object) {
      return dto;
    }
  }
  Reflect.defineMetadata('design:paramtypes', [body], C.prototype, 'act');
  return C;
};

describe('@Public beside a body that asks who is calling', () => {
  it.each<[Type, string]>([
    [Line, 'Line.orderId (@References)'],
    [Lines, 'Line.orderId (@References)'],
    [ByRole, 'ByRole.note (@WritableBy)'],
    [ByOwner, 'ByOwner.note (@WritableBy)'],
    [Filled, 'Filled.userId (@Preset)'],
  ])('%o contradicts it', (body, named) => {
    expect(find(taking(body))).toEqual([
      `access.contradiction is @Public and takes ${named}, but nobody is identified there`,
    ]);
  });

  it('is right where anybody may write it', () => {
    expect(find(taking(Free))).toEqual([]);
    const call = callOf(null, { body: { note: 'x' } });
    expect(routeOf(shop().control, taking(Free), 'act').decide(call)).toBeUndefined();
  });

  it('is no contradiction on a route that is closed in a public controller', () => {
    @Controller('c')
    @Public('a catalogue')
    class C {
      @Post() @Authenticated() act(@Body() dto: Lines) {
        return dto;
      }
    }
    expect(find(C)).toEqual([]);
  });
});

describe('@Public beside a parameter that takes what was checked', () => {
  it.each<[string, () => ParameterDecorator]>([
    ['@Loaded()', Loaded],
    ['@Where()', Where],
    ['@Guarded()', Guarded],
  ])('%s does not start', (_name, parameter) => {
    @Controller('c')
    class C {
      @Patch() @Get() @Public('a form') act(@parameter() taken: Order) {
        return taken;
      }
    }
    expect(find(C).map((finding) => finding.split(' ')[0])).toEqual(['access.loaded-unbound']);
  });
});
