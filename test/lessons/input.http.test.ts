import {
  Body,
  Controller,
  Get,
  Module,
  ParseArrayPipe,
  Post,
  Query,
  ValidationPipe,
  type Type as Class,
} from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, ValidateNested } from 'class-validator';
import { afterEach, describe, expect, it } from 'vitest';
import { ANYONE, Authenticated, ExposeFor, Returns } from 'nestjs-gatehouse';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

class Answer {
  @ExposeFor(ANYONE) got!: string;
}
const got = (value: unknown) => ({ got: JSON.stringify(value) });
const CANARY = 'CANARY';

class Filter {
  @IsString() name!: string;
}
class Address {
  @IsString() city!: string;
}
class Untyped {
  @IsOptional() @ValidateNested() address?: Address;
}
class UntypedList {
  @IsArray() @ValidateNested({ each: true }) addresses!: Address[];
}
class Unvalidated {
  @IsOptional() @Type(() => Address) address?: Address;
}
class Typed {
  @ValidateNested() @Type(() => Address) address!: Address;
}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe.each(ADAPTERS)('input on %s', (adapter) => {
  const start = async (module: Class) => (running = await startApp(module, adapter)).url;
  const guarded = async (...controllers: Class[]) => start(guardedModule(controllers));
  const naive = async (controller: Class) => {
    @Module({ controllers: [controller] })
    class NaiveModule {}
    const strict = new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true });
    running = await startApp(NaiveModule, adapter, (app) => app.useGlobalPipes(strict));
    return running.url;
  };
  const post = async (url: string, body: unknown) => {
    const headers = { authorization: await bearer('alice'), 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  };

  it('nestjs/nest#7080: ParseArrayPipe takes attributes that nobody declared, also under a strict global pipe', async () => {
    @Controller('lists')
    class NaiveLists {
      @Post() body(@Body(new ParseArrayPipe({ items: Filter })) filters: Filter[]) {
        return got(filters);
      }
      @Get() query(@Query('by', new ParseArrayPipe({ items: Filter, separator: '|' })) filters: Filter[]) {
        return got(filters);
      }
    }
    const evil = { name: 'a', isAdmin: CANARY };
    const open = await naive(NaiveLists);
    expect((await post(`${open}/lists`, [evil])).text).toContain(CANARY);
    const query = `by=${encodeURIComponent(JSON.stringify(evil))}`;
    expect(await (await fetch(`${open}/lists?${query}`)).text()).toContain(CANARY);
    await running!.close();

    class Lists extends ParseArrayPipe {}
    @Controller('lists')
    class OurLists {
      @Post() @Authenticated() @Returns(Answer) body(
        @Body(new ParseArrayPipe({ items: Filter })) filters: Filter[],
      ) {
        return got(filters);
      }
      @Get() @Authenticated() @Returns(Answer) query(
        @Query('by', new Lists({ items: Filter, separator: '|' })) filters: Filter[],
      ) {
        return got(filters);
      }
    }
    await expect(guarded(OurLists)).rejects.toThrow(
      /found 2 problems[^]*OurLists\.body {2}\[input\.body-untyped\][^]*OurLists\.query {2}\[input\.query-untyped\]/,
    );

    @Controller('strict')
    class Strict {
      @Get() @Authenticated() @Returns(Answer) query(
        @Query(
          'by',
          new ParseArrayPipe({
            items: Filter,
            separator: '|',
            whitelist: true,
            forbidNonWhitelisted: true,
          }),
        )
        filters: Filter[],
        @Query('ids', new ParseArrayPipe({ items: Number, optional: true })) _ids: number[],
      ) {
        return got(filters);
      }
    }
    const closed = await guarded(Strict);
    const headers = { authorization: await bearer('alice') };
    expect((await fetch(`${closed}/strict?${query}`, { headers })).status).toBe(400);
    const good = `by=${encodeURIComponent('{"name":"a"}')}`;
    expect((await fetch(`${closed}/strict?${good}`, { headers })).status).toBe(200);
  });

  it('typestack/class-validator#285, typestack/class-validator#614: what is nested without @Type and @ValidateNested is not validated', async () => {
    @Controller('nested')
    class NaiveNested {
      @Post() unvalidated(@Body() dto: Unvalidated) {
        return got(dto);
      }
    }
    const evil = { address: { city: 5, isAdmin: CANARY } };
    expect((await post(`${await naive(NaiveNested)}/nested`, evil)).text).toContain(CANARY);
    await running!.close();

    for (const [dto, finding] of [
      [Unvalidated, /Unvalidated\.address {2}\[input\.body-unvalidated\]/],
      [Untyped, /\[input\.invalid\] Untyped\.address\b/],
      [UntypedList, /\[input\.invalid\] UntypedList\.addresses\b/],
    ] as const) {
      @Controller('nested')
      class Nested {
        @Post() @Authenticated() @Returns(Answer) take(@Body() body: object) {
          return got(body);
        }
      }
      Reflect.defineMetadata('design:paramtypes', [dto], Nested.prototype, 'take');
      await expect(guarded(Nested)).rejects.toThrow(finding);
    }

    @Controller('nested')
    class Nested {
      @Post() @Authenticated() @Returns(Answer) take(@Body() body: Typed) {
        return got(body);
      }
    }
    const closed = await guarded(Nested);
    expect((await post(`${closed}/nested`, evil)).status).toBe(400);
    expect((await post(`${closed}/nested`, { address: { city: 'Rome', isAdmin: CANARY } })).status).toBe(400);
    expect((await post(`${closed}/nested`, { address: { city: 'Rome' } })).status).toBe(201);
  });
});
