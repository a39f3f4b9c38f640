import {
  Body,
  Controller,
  createParamDecorator,
  Get,
  Module,
  Patch,
  Post,
  Query,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PartialType } from '@nestjs/mapped-types';
import { Type as OfType } from 'class-transformer';
import {
  IsObject,
  IsOptional,
  IsString,
  Validate,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ANYONE,
  Can,
  Consumes,
  defineResource,
  ExposeFor,
  Loaded,
  Public,
  Returns,
  SecurityModule,
  WritableBy,
  WritesTo,
  type SecurityEvent,
} from 'nestjs-gatehouse';
import { Rows } from '../../authorization/shop.js';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';

class Address {
  street!: string;
}
class Order {
  @ExposeFor(ANYONE) id!: string;
  userId!: string;
  status!: string;
  address!: Address;
}
class Answer {
  @ExposeFor(ANYONE) by!: string;
}

class AddressInput {
  @IsString() street!: string;
}
@WritesTo(Order)
class WriteStatus {
  @WritableBy('support') @IsOptional() @IsString() status?: string;
}
@WritesTo(Order)
class WriteAddress {
  @WritableBy('support') @ValidateNested() @OfType(() => AddressInput) address!: AddressInput;
}
class PartialAddress extends PartialType(WriteAddress) {}

const OwnBody = createParamDecorator(
  (_data, context: ExecutionContext) => context.switchToHttp().getRequest<{ body: unknown }>().body,
);

@Controller('orders')
class QueryController {
  @Patch(':id') @Can('update', Order) @Returns(Order) patch(
    @Loaded() order: Order,
    @Query() dto: WriteStatus,
  ) {
    return Object.assign(order, dto);
  }
}
@Controller('orders')
class OwnBodyController {
  @Patch(':id') @Can('update', Order) @Returns(Order) patch(
    @Loaded() order: Order,
    @OwnBody() dto: WriteStatus,
  ) {
    return Object.assign(order, dto);
  }
}
@Controller('orders')
class PartialController {
  @Patch(':id') @Can('update', Order) @Returns(Order) patch(
    @Loaded() order: Order,
    @Body() dto: PartialAddress,
  ) {
    return Object.assign(order, dto);
  }
}

/** Answers by a promise that is not Node's, as query builders do. */
@ValidatorConstraint()
class Refuses {
  validate() {
    // oxlint-disable-next-line unicorn/no-thenable
    return { then: (settle: (valid: boolean) => void) => settle(false) } as Promise<boolean>;
  }
}
class Sent {
  @IsString() user!: string;
  @IsOptional() @IsObject() extra?: object;
  @IsOptional() @Validate(Refuses) refused?: string;
}
@Controller('sent')
class SentController {
  @Post()
  @Public('anybody sends')
  @Consumes('application/json', 'application/x-www-form-urlencoded')
  @Returns(Answer)
  send(@Body() { user }: Sent) {
    return { by: user };
  }

  @Get()
  @Public('anybody reads')
  @Returns(Answer)
  read() {
    return { by: 'anyone' };
  }

  @Post('failing')
  @Public('anybody sends')
  @Returns(Answer)
  fail(@Body() { user }: Sent): Answer {
    throw new Error(`no user ${user}`);
  }
}

const events: SecurityEvent[] = [];
function moduleOf(controller: Type, rows: Order[] = []): Type {
  const security = SecurityModule.forRoot({
    authentication: issuer.options,
    authorization: {
      roles: { support: ['user'], user: [] },
      resources: [
        defineResource(Order, {
          id: 'id',
          owner: 'userId',
          load: new Rows<Order>(rows, ['id']),
          can: (r) => ({ read: r.owner(), update: r.owner() }),
        }),
      ],
    },
    events: { sink: { write: (event) => void events.push(event) } },
  });
  @Module({ imports: [security], controllers: [controller] })
  class AppModule {}
  return AppModule;
}

let running: StartedApp | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
  events.length = 0;
});

describe('write rules that nothing would ask', () => {
  it.each([
    ['in a query', QueryController, 'parameter 1 takes WriteStatus, but not by @Body()'],
    [
      "by a decorator of the application's",
      OwnBodyController,
      'parameter 1 takes WriteStatus, but not by @Body()',
    ],
  ])('do not boot: %s', async (_name, controller, message) => {
    await expect(startApp(moduleOf(controller), 'express')).rejects.toThrow(message);
  });
});

it('write rules of an object in an object hold behind PartialType', async () => {
  const row = Object.assign(new Order(), { id: 'a1', userId: 'alice', status: 'open', address: {} });
  running = await startApp(moduleOf(PartialController, [row]), 'express');
  const patch = (roles: string[], authorization: string) =>
    fetch(`${running!.url}/orders/a1`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ address: { street: roles.join() } }),
    });
  expect((await patch(['user'], await bearer('alice', ['user']))).status).toBe(403);
  expect((await patch(['support'], await bearer('alice', ['support']))).status).toBe(200);
});

describe.each(ADAPTERS)('input on %s', (adapter) => {
  const post = (body: string, type = 'application/json', path = '') =>
    fetch(`${running!.url}/sent${path}`, { method: 'POST', headers: { 'content-type': type }, body });

  it('a constraint that answers by the promise of another library is waited for', async () => {
    running = await startApp(moduleOf(SentController), adapter);
    expect((await post('{"user":"alice"}')).status).toBe(201);
    expect((await post('{"user":"alice","refused":"x"}')).status).toBe(400);
  });

  it.each([
    // curl -d without a content type: all of the JSON is the name of one field.
    ['{"password":"hunter2"}', 'application/x-www-form-urlencoded', '/* whitelistValidation'],
    ['{"user":"alice","hunter2":1}', 'application/json', '/* whitelistValidation'],
    [
      '{"user":"alice","extra":{"hunter2":{"constructor":1}}}',
      'application/json',
      '/extra/*/* whitelistValidation',
    ],
  ])('the log names no property that a client made up: %s', async (body, type, logged) => {
    running = await startApp(moduleOf(SentController), adapter);
    expect((await post(body, type)).status).toBe(400);
    expect(JSON.stringify(events)).not.toContain('hunter2');
    expect(events).toMatchObject([{ type: 'input.rejected', errors: expect.arrayContaining([logged]) }]);
  });

  it('the log takes no line of a message for a stack frame', async () => {
    running = await startApp(moduleOf(SentController), adapter);
    const body = JSON.stringify({ user: 'x\n    at hunter2' });
    expect((await post(body, undefined, '/failing')).status).toBe(500);
    expect(events).toMatchObject([
      { type: 'server.failed', error: expect.stringMatching(/\n +at .*SentController/) },
    ]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
  });
});

describe('a parser that the application added', () => {
  it('finds no body of a GET, which nothing has bounded', async () => {
    const seen: unknown[] = [];
    running = await startApp(moduleOf(SentController), 'express', (app) => {
      (app as NestExpressApplication).useBodyParser('json', { limit: '50mb' });
      app.use((raw: { body?: unknown }, _response: unknown, next: () => void) => {
        seen.push(raw.body);
        next();
      });
    });
    const send = (body: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
        const sent = request(`${running!.url}/sent`, { method: 'GET', headers }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode));
        });
        sent.on('error', reject).end(body);
      });
    expect(await send('['.repeat(1000) + ']'.repeat(1000))).toBe(200);
    expect(await send('['.repeat(100_000) + ']'.repeat(100_000))).toBe(413);
    expect(seen).toEqual([undefined]);
  });
});
