import { Body, Controller, Patch, Post, Put } from '@nestjs/common';
import { OmitType } from '@nestjs/mapped-types';
import { Type } from 'class-transformer';
import { IsDateString, IsIn, IsNumber, IsOptional, IsString, ValidateNested } from 'class-validator';
import {
  ANYONE,
  Can,
  defineResource,
  ExposeFor,
  Loaded,
  OWNER,
  Preset,
  Returns,
  Roles,
  WritableBy,
  WritesTo,
} from 'nestjs-gatehouse';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isStored } from '../../lib/pipeline/authorization/unchanged.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';
import { controlOf, Rows } from './shop.js';
import { declare } from './declare.js';

class Price {
  @ExposeFor(ANYONE) currency!: string;
  @ExposeFor('support') cost!: number;
}
class Order {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor(ANYONE) userId!: string;
  @ExposeFor(ANYONE) tenantId!: string;
  @ExposeFor(OWNER, 'support') status!: string;
  @ExposeFor('support') internalNote!: string;
  @ExposeFor(OWNER) createdAt!: Date;
  @ExposeFor(ANYONE) note!: string;
  @ExposeFor(ANYONE) price!: Price;
}
/** Shows less of itself, and more. */
class SealedOrder extends Order {
  @ExposeFor('support') declare status: string;
  @ExposeFor(ANYONE) declare internalNote: string;
}
class SealedPrice extends Price {
  @ExposeFor('support') declare currency: string;
}
/** Of the same shape, and no order. */
class Archived {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor('support') status!: string;
}
/** Says nothing of what it shows. */
class Stranger {}

@WritesTo(Price)
class PutPrice {
  @WritableBy('admin', { ifUnchanged: 'allow' }) @IsString() currency!: string;
  @WritableBy('admin', { ifUnchanged: 'allow' }) @IsOptional() @IsNumber() cost?: number;
}
@WritesTo(Order)
class PutOrder {
  @WritableBy(OWNER) @IsString() note!: string;
  @WritableBy('admin', { ifUnchanged: 'allow' }) @IsIn(['open', 'paid']) status!: string;
  @WritableBy('admin', { ifUnchanged: 'allow' }) @IsOptional() @IsString() internalNote?: string;
  @WritableBy('admin', { ifUnchanged: 'allow' }) @IsDateString() createdAt!: Date;
  @WritableBy(ANYONE) @IsOptional() @ValidateNested() @Type(() => PutPrice) price?: PutPrice;
}
@WritesTo(Order)
class CreateOrder {
  @Preset((caller) => caller.id) @IsString() userId!: string;
  @Preset((caller) => caller.claims['tenant'] as string | undefined) @IsString() tenantId!: string;
  @WritableBy(OWNER) @IsString() note!: string;
}
class PatchOrder extends OmitType(CreateOrder, ['userId', 'tenantId']) {}

const CREATED = new Date('2026-01-02T03:04:05.678Z');
const rows = new Rows<Order>([], ['id']);
const received: unknown[] = [];
const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: rows,
  can: (r) => ({ read: r.any(r.owner(), r.role('user')) }),
});

@Controller('orders')
class OrdersController {
  @Put(':id') @Can('read', Order) @Returns(Order) put(@Loaded() order: Order, @Body() dto: PutOrder) {
    received.push(dto);
    return order;
  }
  @Post() @Roles('user') @Returns(null) create(@Body() dto: CreateOrder) {
    received.push(dto);
  }
  @Patch(':id') @Can('read', Order) @Returns(null) patch(@Loaded() _order: Order, @Body() dto: PatchOrder) {
    received.push(dto);
  }
}

describe.each(ADAPTERS)('bodies on %s', (adapter) => {
  let app: StartedApp;
  beforeAll(async () => {
    app = await startApp(
      guardedModule([OrdersController], {
        authorization: {
          roles: { admin: ['support'], support: ['user'], user: [] },
          resources: [OrderResource],
        },
      }),
      adapter,
    );
  });
  afterAll(() => app.close());
  beforeEach(() => {
    received.length = 0;
    const order = { id: 'a1', userId: 'alice', tenantId: 't', status: 'open', internalNote: 'watch' };
    const price = Object.assign(new Price(), { currency: 'EUR', cost: 3 });
    rows.rows.splice(0, 1, Object.assign(new Order(), { ...order, createdAt: CREATED, note: 'x', price }));
  });

  const send = async (
    method: string,
    path: string,
    body: unknown,
    who: [string, string[], Record<string, unknown>?] = ['alice', ['user']],
  ) => {
    const response = await fetch(`${app.url}/${path}`, {
      method,
      headers: { 'content-type': 'application/json', authorization: await bearer(...who) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const answer = (text === '' ? {} : JSON.parse(text)) as { errors?: Array<{ pointer: string }> };
    return { status: response.status, answer, pointers: answer.errors?.map(({ pointer }) => pointer) };
  };
  const whole = { note: 'new', status: 'open', createdAt: CREATED.toISOString() };

  it('a whole object may come back as it was shown', async () => {
    expect((await send('PUT', 'orders/a1', whole)).status).toBe(200);
    expect(received).toMatchObject([whole]);
    expect((await send('PUT', 'orders/a1', { ...whole, price: { currency: 'EUR' } })).status).toBe(200);
  });

  it('what has changed in it may not', async () => {
    for (const [key, value] of Object.entries({ status: 'paid', createdAt: '2026-01-02T03:04:05.679Z' })) {
      const { status, pointers } = await send('PUT', 'orders/a1', { ...whole, [key]: value });
      expect([status, pointers]).toEqual([403, [`/${key}`]]);
    }
    const price = { currency: 'USD' };
    expect((await send('PUT', 'orders/a1', { ...whole, price })).pointers).toEqual(['/price/currency']);
    const listed = [{ currency: 'EUR' }];
    expect((await send('PUT', 'orders/a1', { ...whole, price: listed })).pointers).toEqual([
      '/price/0/currency',
    ]);
    expect(received).toEqual([]);
    expect((await send('PUT', 'orders/a1', { ...whole, status: 'paid' }, ['r', ['admin']])).status).toBe(403);
  });

  it('what the caller is not shown is refused, guessed or not: the answer tells nothing', async () => {
    const guesses = await Promise.all(
      ['watch', 'other'].map((internalNote) => send('PUT', 'orders/a1', { ...whole, internalNote })),
    );
    expect(guesses.map(({ status, pointers }) => [status, pointers])).toEqual([
      [403, ['/internalNote']],
      [403, ['/internalNote']],
    ]);
    const cost = await Promise.all(
      [3, 4].map((value) => send('PUT', 'orders/a1', { ...whole, price: { currency: 'EUR', cost: value } })),
    );
    expect(cost.map(({ pointers }) => pointers)).toEqual([['/price/cost'], ['/price/cost']]);
    const asBob: [string, string[]] = ['bob', ['user']];
    for (const status of ['open', 'paid']) {
      const { pointers } = await send('PUT', 'orders/a1', { ...whole, status }, asBob);
      expect(pointers).toEqual(['/note', '/status', '/createdAt']);
    }
    const support: [string, string[]] = ['alice', ['support']];
    expect((await send('PUT', 'orders/a1', { ...whole, internalNote: 'watch' }, support)).status).toBe(200);
    expect((await send('PUT', 'orders/a1', { ...whole, internalNote: 'other' }, support)).status).toBe(403);
  });

  it('is not shown what the class of the object hides, whatever its base shows, nor what the base hides', async () => {
    const asSupport: [string, string[]] = ['alice', ['support']];
    const price = { currency: 'EUR' };
    expect((await send('PUT', 'orders/a1', { ...whole, price })).status).toBe(200);
    rows.rows[0]!.price = Object.assign(new SealedPrice(), rows.rows[0]!.price);
    expect((await send('PUT', 'orders/a1', { ...whole, price })).pointers).toEqual(['/price/currency']);
    rows.rows[0] = Object.assign(new SealedOrder(), rows.rows[0]);
    expect((await send('PUT', 'orders/a1', whole)).pointers).toEqual(['/status']);
    expect((await send('PUT', 'orders/a1', { ...whole, internalNote: 'watch' })).pointers).toEqual([
      '/status',
      '/internalNote',
    ]);
    const all = { ...whole, internalNote: 'watch', price };
    expect((await send('PUT', 'orders/a1', all, asSupport)).status).toBe(200);
  });

  it('is not shown what an unrelated class of the object hides', async () => {
    const row = Object.assign({} as Order, rows.rows[0]);
    for (const [object, answer] of [
      [row, { status: 200 }],
      [Object.assign(Object.create(null) as Order, row), { status: 200 }],
      [Object.assign(new Stranger(), row), { status: 200 }],
      [Object.assign(new Archived(), row), { status: 403, pointers: ['/status', '/createdAt'] }],
    ] as const) {
      rows.rows[0] = object;
      expect(await send('PUT', 'orders/a1', whole)).toMatchObject(answer);
    }
  });

  const alice: [string, string[], Record<string, unknown>] = ['alice', ['user'], { tenant: 'acme' }];

  it('presets are filled in from the caller', async () => {
    expect((await send('POST', 'orders', { note: 'x' }, alice)).status).toBe(201);
    expect(received).toEqual([{ note: 'x', userId: 'alice', tenantId: 'acme' }]);
  });

  it('presets are not the client’s to send', async () => {
    for (const body of [
      { note: 'x', userId: 'bob' },
      { note: 'x', userId: 'alice' },
      { note: 'x', userId: null },
    ]) {
      const { status, pointers } = await send('POST', 'orders', body, alice);
      expect([status, pointers]).toEqual([403, ['/userId']]);
    }
    for (const body of ['{"note":"x","__proto__":{"userId":"bob"}}', '{"note":"x","note":"y","note":"z"}']) {
      expect((await send('POST', 'orders', body, alice)).status).toBe(400);
    }
    expect((await send('PATCH', 'orders/a1', { note: 'x', userId: 'bob' })).status).toBe(400);
    expect((await send('PATCH', 'orders/a1', { note: 'x' })).status).toBe(200);
    expect(received).toEqual([{ note: 'x' }]);
  });

  it('a caller who has no value for one is refused', async () => {
    expect((await send('POST', 'orders', { note: 'x' })).status).toBe(403);
    expect(received).toEqual([]);
  });

  it('no body stays no body', async () => {
    for (const body of ['[]', '{}', '[{"note":"x"}]'])
      expect((await send('POST', 'orders', body, alice)).status).toBe(400);
    expect(received).toEqual([]);
  });
});

describe('the audit', () => {
  const find = (dto: new () => object, verb = Post, path = '') => {
    class Bad {
      act(_dto: unknown) {}
    }
    const descriptor = () => Object.getOwnPropertyDescriptor(Bad.prototype, 'act')!;
    Reflect.defineMetadata('design:paramtypes', [dto], Bad.prototype, 'act');
    Body()(Bad.prototype, 'act', 0);
    verb(path)(Bad.prototype, 'act', descriptor());
    if (path === '') Roles('user')(Bad.prototype, 'act', descriptor());
    else Can('read', Order, { guardOnly: true })(Bad.prototype, 'act', descriptor());
    const { findings } = controlOf([OrderResource]).compile(declare(Bad, 'act'));
    return findings.map(({ where, message }) => `${where}: ${message}`);
  };

  it('finds a preset that is also writable, that nothing validates, or in a class that writes to nothing', () => {
    @WritesTo(Order)
    class Twice {
      @WritableBy(OWNER) @Preset(() => 'x') @IsString() note!: string;
      @Preset(() => 'x') status!: string;
    }
    class Nothing {
      @Preset(() => 'x') @IsString() note!: string;
    }
    expect(find(Twice)).toEqual([
      'Twice.note: it has @WritableBy and @Preset: who may write what the caller is?',
      'Twice.status: it has @Preset and no validation decorator, so the pipe would refuse what is filled in.',
    ]);
    expect(find(Nothing)).toEqual([
      'Nothing.note: it has @Preset, but Nothing has no @WritesTo: nothing fills it.',
    ]);
  });

  it('finds a preset by which whoever changes an object would take it', () => {
    expect(find(CreateOrder)).toEqual([]);
    expect(find(CreateOrder, Patch, ':id')).toEqual([
      'CreateOrder.userId: its @Preset says whose Order it is, and Bad.act changes one that exists: whoever may change it would take it.',
    ]);
  });

  it('finds ifUnchanged on what nobody is shown as it is stored', () => {
    class Hidden {
      @ExposeFor(ANYONE) id!: string;
      userId!: string;
      secret!: string;
      @ExposeFor(ANYONE, { type: () => String }) tags!: string[];
    }
    @WritesTo(Hidden)
    class PutHidden {
      @WritableBy('admin', { ifUnchanged: 'allow' }) @IsString() secret!: string;
      @WritableBy('admin', { ifUnchanged: 'allow' }) @IsString({ each: true }) tags!: string[];
    }
    const message =
      'it has ifUnchanged, but the entity shows it to nobody as it is stored: nobody could send it back.';
    expect(find(PutHidden)).toEqual(
      expect.arrayContaining([`PutHidden.secret: ${message}`, `PutHidden.tags: ${message}`]),
    );
  });
});

describe('what is stored', () => {
  it('is what JSON writes of it, and nothing else', () => {
    const scalar = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.date(),
    );
    fc.assert(
      fc.property(scalar, scalar, (stored, other) => {
        if (stored instanceof Date && Number.isNaN(stored.getTime())) {
          expect(isStored('Invalid Date', stored) || isStored(null, stored)).toBe(false);
          return;
        }
        const asJson: unknown = JSON.parse(JSON.stringify(stored));
        if (Object.is(stored, -0) || Math.abs(stored as number) === Infinity) return;
        expect(isStored(asJson, stored)).toBe(true);
        if (JSON.stringify(other) !== JSON.stringify(stored)) {
          expect(isStored(JSON.parse(JSON.stringify(other)), stored)).toBe(false);
        }
      }),
    );
    expect(isStored('7', 7n)).toBe(true);
    expect(isStored(7, 7n)).toBe(false);
    for (const value of [undefined, {}, [], Number.NaN]) expect(isStored(value, value)).toBe(false);
  });
});
