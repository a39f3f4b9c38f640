import { Controller, Get, Query } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Exclude, Expose } from 'class-transformer';
import { IsInt, IsOptional } from 'class-validator';
import { Filterable, Lists, Page, PageQuery, Returns, SecurityConfigError, Where } from 'nestjs-gatehouse';
import { page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { DataSource, Repository } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listDeclaration } from '../../lib/pipeline/lists/list-declaration.js';
import { ResourceRegistry } from '../../lib/policy/resource-registry.js';
import { RoleHierarchy } from '../../lib/policy/roles.js';
import { ApiClient } from '../support/api-client.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';
import { fill, listsModule, Order, OrderResource } from './database.js';

class AliasedQuery extends PageQuery {
  // For answers alone: a client sends `cost`.
  @Filterable() @Expose({ name: 'price', toPlainOnly: true }) @IsOptional() @IsInt() cost?: number;
  @Filterable({ property: 'total', operator: 'from' })
  @Expose({ name: 'min' })
  @IsOptional()
  @IsInt()
  minTotal?: number;
}

@Controller('orders')
class AliasedController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  @Get()
  @Lists(Order)
  @Returns(Page.of(Order))
  list(@Where() mine: WhereOf<Order>, @Query() query: AliasedQuery): Promise<Page<Order>> {
    return page(this.orders, mine, query);
  }
}

const client = async (url: string, subject: string, role: string) =>
  new ApiClient(url).as((await bearer(subject, [role])).slice('Bearer '.length));

describe.each(ADAPTERS)('the name of a parameter on %s', (adapter) => {
  let started: StartedApp;
  let alice: ApiClient;
  let sue: ApiClient;

  beforeAll(async () => {
    started = await startApp(listsModule([AliasedController], { queries: [], events: [] }), adapter);
    await fill(started.app.get(DataSource, { strict: false }));
    alice = await client(started.url, 'alice', 'user');
    sue = await client(started.url, 'sue', 'support');
  });
  afterAll(() => started.close());

  it('is that of the property where @Expose names it for answers alone, and so is its check', async () => {
    const all = (await sue.get('/orders?limit=100')).body.items as Array<{ cost: number }>;
    const [{ cost }] = all as [{ cost: number }];
    const found = (await sue.get(`/orders?limit=100&cost=${cost}`)).body.items as Array<{ cost: number }>;
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(all.length);
    expect(found.every((row) => row.cost === cost)).toBe(true);
    expect((await alice.get(`/orders?cost=${cost}`)).status).toBe(400);
    expect((await sue.get(`/orders?price=${cost}`)).status).toBe(400);
  });

  it('binds a cursor', async () => {
    const first = await sue.get('/orders?limit=1&min=0');
    const at = `/orders?limit=1&cursor=${first.body.nextCursor as string}`;
    expect((await sue.get(`${at}&min=0`)).status).toBe(200);
    expect((await sue.get(`${at}&min=1`)).status).toBe(400);
    expect((await sue.get('/orders?minTotal=0')).status).toBe(400);
  });
});

describe('a filter that class-transformer takes from every client', () => {
  it.each([
    ['@Exclude', Exclude()],
    ['groups of @Expose', Expose({ groups: ['admin'] })],
  ])('does not start: %s', (_name, decorate) => {
    class Query extends PageQuery {
      @Filterable() @IsOptional() @IsInt() total?: number;
    }
    decorate(Query.prototype, 'total');

    const resource = new ResourceRegistry([OrderResource]).of(Order)!;
    const declare = () => listDeclaration(Query, resource, [], () => new Map(), new RoleHierarchy({}));
    expect(declare).toThrow(SecurityConfigError);
    expect(declare).toThrow('takes it from every client');
  });
});
