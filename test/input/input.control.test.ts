// The handlers are declarations to be read; nothing calls them.
/* oxlint-disable eslint/no-unused-vars */
import {
  Body,
  Controller,
  createParamDecorator,
  DefaultValuePipe,
  Get,
  Headers,
  Param,
  ParseArrayPipe,
  ParseIntPipe,
  ParseUUIDPipe,
  Post,
  Query,
  Req,
  Request,
  ValidationPipe,
} from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { GuardCall } from '../../lib/core/control.js';
import type { Denial } from '../../lib/core/decision.js';
import { CompiledInputs } from '../../lib/pipeline/input/compiled-inputs.js';
import { Consumes } from '../../lib/pipeline/input/consumes.decorator.js';
import { InputControl } from '../../lib/pipeline/input/input.control.js';
import { resolveInput } from '../../lib/pipeline/input/input.options.js';
import { PageQuery } from '../../lib/pipeline/lists/page-query.js';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';
import { findingsOf, routeOf } from './route-of.js';

class Part {
  @IsArray() things!: object[];
}
class Dto {
  @IsString() name!: string;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Dto) children?: Dto[];
}
class Deep {
  @ValidateNested() @Type(() => Part) part!: Part;
}
class Undecorated {
  name!: string;
}
class Mistaken {
  @ValidateNested() part!: Part;
}
class SchemaPipe implements PipeTransform {
  transform(value: unknown) {
    return value;
  }
}
const Custom = createParamDecorator(() => 1);
enum Colour {
  Red = 'red',
}

@Controller()
class Good {
  @Post() body(
    @Body() _: Dto,
    @Query() __: PageQuery,
    @Param('id') ___: string,
    @Headers('if-match') ____: string,
  ) {}
  @Get() scalars(
    @Query('a') _: string,
    @Query('b') __: number,
    @Query('c') ___: boolean,
    @Query('d') ____: Colour,
  ) {}
  @Get() piped(@Param('id', ParseUUIDPipe) _: unknown, @Query('ids', ParseArrayPipe) __: string[]) {}
  @Post() schema(@Body(new SchemaPipe()) _: unknown, @Body('n', ParseIntPipe) __: number) {}
  @Post() custom(@Custom() _: object) {}
  @Post() @Consumes('text/plain') text(@Body() _: string) {}
  @Post() @Consumes('application/octet-stream') bytes(@Body() _: Buffer) {}
}

@Controller()
class Bad {
  @Post() request(@Req() _: object) {}
  @Post() alias(@Request() _: object) {}
  @Post() headers(@Headers() _: object) {}
  @Post() stringBody(@Body() _: string) {}
  @Post() stockPipe(@Body(new ValidationPipe()) _: any) {}
  @Post() parseArray(@Body(new ParseArrayPipe({ items: Dto })) _: Dto[]) {}
  @Get() defaulted(@Query('a', new DefaultValuePipe(1)) _: any) {}
  @Get() path(@Param() _: Record<string, string>) {}
  @Post() undecorated(@Body() _: Undecorated) {}
  @Post() deep(@Body() _: Deep) {}
  @Post() mistaken(@Body() _: Mistaken) {}
}

@Controller()
@Consumes('application/merge-patch+json')
class Media {
  @Post() inherited() {}
  @Post() @Consumes('multipart/form-data', 'IMAGE/PNG') own() {}
}

const control = () => new InputControl(new CompiledInputs(resolveInput()));

describe('the boot audit of input', () => {
  it.each(['body', 'scalars', 'piped', 'schema', 'custom', 'text', 'bytes'])(
    'has nothing to say about %s',
    (method) => {
      expect(findingsOf(Good, method)).toEqual([]);
    },
  );

  it.each([
    ['request', 'input.request-object Bad.request'],
    ['alias', 'input.request-object Bad.alias'],
    ['headers', 'input.request-object Bad.headers'],
    ['stringBody', 'input.body-untyped Bad.stringBody'],
    ['stockPipe', 'input.body-untyped Bad.stockPipe'],
    ['parseArray', 'input.body-untyped Bad.parseArray'],
    ['defaulted', 'input.query-untyped Bad.defaulted'],
    ['path', 'input.parameter-untyped Bad.path'],
    ['undecorated', 'input.body-unvalidated Bad.undecorated'],
    ['deep', 'input.body-unvalidated Part.things'],
    ['mistaken', 'input.invalid Mistaken.part'],
  ])('finds %s', (method, finding) => {
    expect(findingsOf(Bad, method)).toEqual([finding]);
  });

  it('says what to write', () => {
    for (const method of ['request', 'headers', 'stringBody', 'defaulted', 'path', 'deep']) {
      const [finding] = control().compile(routeOf(Bad, method)).findings;
      expect(finding!.fix).toMatch(/@\w+\(/);
      expect(finding!.message.length).toBeGreaterThan(20);
    }
  });

  it('reports a class once, however many routes take it', () => {
    const one = control();
    expect(one.compile(routeOf(Bad, 'deep')).findings).toHaveLength(1);
    expect(one.compile(routeOf(Bad, 'deep')).findings).toHaveLength(0);
  });

  it('describes what a route takes', () => {
    const { section } = control().compile(routeOf(Good, 'body'));
    expect(control().describe(section)).toEqual({ input: 'Dto, PageQuery' });
    expect(control().describe(control().compile(routeOf(Good, 'custom')).section)).toEqual({});
  });

  it('lets a parameter of the baseline through, because the audit has named it', () => {
    const inputs = new CompiledInputs(resolveInput());
    new InputControl(inputs).compile(routeOf(Bad, 'stockPipe'));
    const value = { any: 1 };
    expect(new SecurityValidationPipe(inputs).transform(value, { type: 'body', metatype: Object })).toBe(
      value,
    );
  });
});

describe('the content type of a route', () => {
  const answer = (method: keyof Media | 'body', headers: IncomingHttpHeaders) => {
    const route = method === 'body' ? routeOf(Good, 'body') : routeOf(Media, method);
    const { stage } = control().compile(route);
    const denial = stage!({ request: { headers } } as unknown as GuardCall) as Denial | undefined;
    return denial && [denial.reason, denial.headers!['Accept']];
  };
  const json = (type?: string): IncomingHttpHeaders => ({ 'content-length': '2', 'content-type': type });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json; profile=x',
  ])('accepts %s', (type) => expect(answer('body', json(type))).toBeUndefined());

  it.each([
    undefined,
    '',
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json, text/plain',
    'text/plain; application/json',
    'application/jsonx',
    'application/json; charset=utf-16',
    'application/json; x=y; charset=latin1',
  ])('refuses %s', (type) => {
    expect(answer('body', json(type))).toEqual(['edge.content-type', 'application/json']);
    expect(answer('body', { 'transfer-encoding': 'chunked', 'content-type': type })).toBeDefined();
  });

  it('asks nothing of a request without a body', () => {
    expect(answer('body', {})).toBeUndefined();
    expect(answer('body', { 'content-length': '0', 'content-type': 'text/plain' })).toBeUndefined();
  });

  it('is what @Consumes says, on the method before the controller', () => {
    expect(answer('inherited', json('application/json'))).toEqual([
      'edge.content-type',
      'application/merge-patch+json',
    ]);
    expect(answer('inherited', json('application/merge-patch+json'))).toBeUndefined();
    expect(answer('own', json('image/png'))).toBeUndefined();
    expect(answer('own', json('multipart/form-data; boundary=x'))).toBeUndefined();
    expect(answer('own', json('application/merge-patch+json'))).toBeDefined();
    for (const type of ['json', '*/*', 'application/json; charset=utf-8', '']) {
      expect(() => Consumes(type)).toThrow(/@Consumes/);
    }
  });
});
