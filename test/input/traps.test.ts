// The handlers are declarations to be read; nothing calls them.
/* oxlint-disable eslint/no-unused-vars */
import { Body, Controller, Param, Post, Query, ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata, Type as Class } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsBoolean, IsObject, IsString, ValidateNested } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';
import { handlerParameters } from '../../lib/posture/handler-parameters.js';
import { findingsOf } from './route-of.js';

class Kid {
  @IsString() name!: string;
}
class Dto {
  @IsString() name!: string;
}
interface Plain {
  name: string;
}
class WithKids {
  @IsArray() kids!: Kid[];
}
class WithTypedKids {
  @IsArray() @Type(() => Kid) kids!: Kid[];
}
class WithKid {
  @IsObject() kid!: Kid;
}
class WithNestedList {
  @ValidateNested({ each: true }) @Type(() => Kid) kids!: Kid[];
}
class WithNestedKid {
  @ValidateNested() @Type(() => Kid) kid!: Kid;
}
class WithStrings {
  @IsString({ each: true }) tags!: string[];
}
class WithBoolean {
  @IsBoolean() @Type(() => Boolean) flag!: boolean;
}

@Controller()
class Traps {
  @Post() interfaceBody(@Body() _: Plain) {}
  @Post() anyBody(@Body() _: any) {}
  @Post() arrayBody(@Body() _: Dto[]) {}
  @Post() partialBody(@Body() _: Partial<Dto>) {}
  @Post() unionBody(@Body() _: Dto | Kid) {}
  @Post() recordBody(@Body() _: Record<string, string>) {}
  @Post() bodyProperty(@Body('role') _: string) {}
  @Post() kids(@Body() _: WithKids) {}
  @Post() typedKids(@Body() _: WithTypedKids) {}
  @Post() kid(@Body() _: WithKid) {}
  @Post() objectQuery(@Query() _: Record<string, string>) {}
  @Post() queryObject(@Query('filter') _: object) {}
  @Post() queryArray(@Query('ids') _: string[]) {}
  @Post() paramObject(@Param('id') _: object) {}
  @Post() repeated(@Query('s') _: string) {}
  @Post() notNumber(@Query('n') _: number) {}
  @Post() nestedList(@Body() _: WithNestedList) {}
  @Post() nestedKid(@Body() _: WithNestedKid) {}
  @Post() strings(@Body() _: WithStrings) {}
  @Post() boolean(@Body() _: WithBoolean) {}
}

function metadataOf(method: keyof Traps): ArgumentMetadata {
  const [parameter] = handlerParameters(Traps, method);
  return {
    type: parameter!.source as 'body' | 'query' | 'param',
    metatype: parameter!.type as Class,
    data: parameter!.property,
  };
}

/** The stock pipe with every switch that its documentation names. */
const stock = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true });
const evil = { name: 5, isAdmin: true };

describe('input that stock Nest lets through', () => {
  it.each([
    ['interfaceBody', evil, 'input.body-untyped Traps.interfaceBody'],
    ['anyBody', evil, 'input.body-untyped Traps.anyBody'],
    ['arrayBody', [evil], 'input.body-untyped Traps.arrayBody'],
    ['partialBody', evil, 'input.body-untyped Traps.partialBody'],
    ['unionBody', evil, 'input.body-untyped Traps.unionBody'],
    ['recordBody', evil, 'input.body-untyped Traps.recordBody'],
    ['bodyProperty', { $ne: 1 }, 'input.body-untyped Traps.bodyProperty'],
    ['kids', { kids: [evil] }, 'input.body-unvalidated WithKids.kids'],
    ['typedKids', { kids: [evil] }, 'input.body-unvalidated WithTypedKids.kids'],
    ['kid', { kid: evil }, 'input.body-unvalidated WithKid.kid'],
    ['objectQuery', evil, 'input.query-untyped Traps.objectQuery'],
    ['queryObject', evil, 'input.query-untyped Traps.queryObject'],
    ['queryArray', evil, 'input.query-untyped Traps.queryArray'],
    ['paramObject', evil, 'input.parameter-untyped Traps.paramObject'],
  ] as const)('%s: does not boot', async (method, value, finding) => {
    await expect(stock.transform(structuredClone(value), metadataOf(method))).resolves.toEqual(value);
    expect(findingsOf(Traps, method)).toEqual([finding]);
    // By hand, without the audit, the pipe itself refuses.
    expect(() =>
      new SecurityValidationPipe().transform(structuredClone(value), metadataOf(method)),
    ).toThrow();
  });

  it.each([
    ['repeated', ['a', 'b'], 'a,b'],
    ['repeated', { $ne: '1' }, '[object Object]'],
    ['notNumber', 'x', Number.NaN],
    ['notNumber', '', 0],
    ['nestedList', { kids: { name: 'one' } }, { kids: { name: 'one' } }],
    ['nestedKid', { kid: [] }, { kid: [] }],
    ['strings', { tags: 'one' }, { tags: 'one' }],
    ['boolean', { flag: 'no' }, { flag: true }],
  ] as const)('%s: %j', async (method, value, passed) => {
    await expect(stock.transform(structuredClone(value), metadataOf(method))).resolves.toEqual(passed);
    expect(findingsOf(Traps, method)).toEqual([]);
    expect(() =>
      new SecurityValidationPipe().transform(structuredClone(value), metadataOf(method)),
    ).toThrow();
  });
});
