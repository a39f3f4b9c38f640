// oxlint-disable no-underscore-dangle
import { Body, Controller, Get, Injectable, Post } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsArray, IsInt, IsString, ValidateNested } from 'class-validator';
import {
  ANYONE,
  Can,
  defineResource,
  ExposeFor,
  Loaded,
  Owns,
  Returns,
  type ResourceLoader,
} from 'nestjs-gatehouse';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp, type StartedApp } from '../support/start-app.js';
import { bearer } from '../support/tokens.js';

class Ticket {
  @ExposeFor(ANYONE) tenantId!: string;
  @ExposeFor(ANYONE) number!: number;
  userId!: string;
}

interface TicketDocument {
  readonly _id: { readonly tenantId: string; readonly number: number };
  readonly userId: string;
}

/** The part of a Mongoose model that the loader uses: documents by a filter, which knows operators. */
@Injectable()
class TicketModel {
  readonly filters: unknown[] = [];
  readonly documents: TicketDocument[] = [
    { _id: { tenantId: 'acme', number: 1 }, userId: 'alice' },
    { _id: { tenantId: 'acme', number: 2 }, userId: 'alice' },
    { _id: { tenantId: 'acme', number: 3 }, userId: 'bob' },
    { _id: { tenantId: 'bell', number: 1 }, userId: 'bob' },
  ];

  find(filter: { _id: { $in: ReadonlyArray<TicketDocument['_id']> } }) {
    this.filters.push(filter);
    const wanted = new Set(filter._id.$in.map((id) => JSON.stringify(id)));
    const found = this.documents.filter(({ _id }) => wanted.has(JSON.stringify(_id)));
    // Documents come in the order of the store, and not in that of the ids.
    return { lean: async (): Promise<TicketDocument[]> => found.toReversed() };
  }
}

@Injectable()
class TicketLoader implements ResourceLoader<Ticket, TicketDocument['_id']> {
  constructor(private readonly tickets: TicketModel) {}

  parseId(raw: unknown) {
    const { tenantId, number } = raw as Record<string, unknown>;
    const parsed = typeof number === 'string' && /^[1-9]\d{0,8}$/.test(number) ? Number(number) : number;
    if (typeof tenantId !== 'string' || !Number.isSafeInteger(parsed)) return undefined;
    return { tenantId, number: parsed as number };
  }

  async loadMany(ids: ReadonlyArray<TicketDocument['_id']>) {
    const documents = await this.tickets.find({ _id: { $in: ids } }).lean();
    const byId = new Map(documents.map((document) => [JSON.stringify(document._id), document]));
    return ids.map((id) => {
      const document = byId.get(JSON.stringify(id));
      return document && Object.assign(new Ticket(), document._id, { userId: document.userId });
    });
  }
}

const TicketResource = defineResource(Ticket, {
  id: ['tenantId', 'number'],
  owner: 'userId',
  load: TicketLoader,
  can: (r) => ({ read: r.owner() }),
});

class Numbered {
  @IsInt() number!: number;
}
class TicketId {
  @IsString() tenantId!: string;
  @IsInt() number!: number;
}
class Many {
  @IsArray() @ValidateNested({ each: true }) @Type(() => TicketId) ids!: TicketId[];
}

@Controller('tickets')
class TicketsController {
  @Get(':tenantId/:number') @Can('read', Ticket) @Returns(Ticket) byPath(@Loaded() ticket: Ticket) {
    return ticket;
  }

  @Get('number/:number/by-header')
  @Can('read', Ticket, {
    from: { parts: { tenantId: { header: 'X-Tenant' }, number: { param: 'number' } } },
  })
  @Returns(Ticket)
  byHeader(@Loaded() ticket: Ticket) {
    return ticket;
  }

  @Post('by-body')
  @Can('read', Ticket, { from: { parts: { tenantId: { query: 'tenant' }, number: { body: 'number' } } } })
  @Returns(Ticket)
  byBody(@Loaded() ticket: Ticket, @Body() _dto: Numbered) {
    return ticket;
  }

  @Post('pairs')
  @Owns(Ticket, { from: { body: 'ids' }, many: true })
  @Returns([Ticket])
  many(@Loaded() tickets: Ticket[], @Body() _dto: Many) {
    return tickets;
  }

  @Post('twice/:tenantId/:number')
  @Can('read', Ticket)
  @Can('read', Ticket, {
    from: { parts: { tenantId: { param: 'tenantId' }, number: { body: 'number' } } },
    guardOnly: true,
  })
  @Returns(Ticket)
  twice(@Loaded() ticket: Ticket, @Body() _dto: Numbered) {
    return ticket;
  }
}

describe.each(ADAPTERS)('documents with a composite id on %s', (adapter) => {
  let app: StartedApp;
  let model: TicketModel;
  let alice: string;

  beforeAll(async () => {
    app = await startApp(
      guardedModule(
        [TicketsController],
        { authorization: { roles: { user: [] }, resources: [TicketResource] } },
        [TicketModel, TicketLoader],
      ),
      adapter,
    );
    model = app.app.get(TicketModel);
    alice = await bearer('alice', ['user']);
  });
  beforeEach(() => void model.filters.splice(0));
  afterAll(() => app.close());

  const ask = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${app.url}/tickets/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: alice, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };

  it('are found by the parts of the path', async () => {
    expect(await ask('acme/2')).toEqual({ status: 200, body: { tenantId: 'acme', number: 2 } });
    expect((await ask('acme/3')).status).toBe(404);
    expect((await ask('bell/1')).status).toBe(404);
    expect((await ask('acme/9')).status).toBe(404);
    expect((await ask('acme/02')).status).toBe(404);
  });

  it('are found by a header and the path', async () => {
    expect((await ask('number/1/by-header', undefined, { 'x-tenant': 'acme' })).body).toEqual({
      tenantId: 'acme',
      number: 1,
    });
    expect((await ask('number/1/by-header', undefined, { 'x-tenant': 'bell' })).status).toBe(404);
    expect((await ask('number/1/by-header')).status).toBe(404);
  });

  it('are found by the query and the body, none of which may be an operator', async () => {
    expect((await ask('by-body?tenant=acme', { number: 2 })).status).toBe(201);
    expect((await ask('by-body?tenant=acme', { number: 3 })).status).toBe(404);
    const asked = model.filters.length;
    for (const number of [{ $gt: 0 }, [2], null, true]) {
      expect((await ask('by-body?tenant=acme', { number })).status).toBe(404);
    }
    expect((await ask('by-body?tenant=acme&tenant=bell', { number: 2 })).status).toBe(404);
    expect((await ask('by-body?tenant[$ne]=x', { number: 2 })).status).toBeGreaterThanOrEqual(400);
    expect(model.filters).toHaveLength(asked);
  });

  it('are loaded in one query, each once, all or none', async () => {
    const ids = [2, 1, 2].map((number) => ({ tenantId: 'acme', number }));
    const { status, body } = await ask('pairs', { ids });
    expect([status, body]).toEqual([
      201,
      [
        { tenantId: 'acme', number: 2 },
        { tenantId: 'acme', number: 1 },
      ],
    ]);
    expect(model.filters).toEqual([{ _id: { $in: ids.slice(0, 2) } }]);
    expect((await ask('pairs', { ids: [...ids, { tenantId: 'acme', number: 3 }] })).status).toBe(404);
    expect((await ask('pairs', { ids: Array.from({ length: 101 }, () => ids[0]) })).status).toBe(404);
  });

  it('that two checks of one request name are loaded in one query', async () => {
    expect((await ask('twice/acme/1', { number: 2 })).status).toBe(201);
    expect(model.filters).toEqual([
      {
        _id: {
          $in: [
            { tenantId: 'acme', number: 1 },
            { tenantId: 'acme', number: 2 },
          ],
        },
      },
    ]);
    expect((await ask('twice/acme/1', { number: 3 })).status).toBe(404);
  });
});
