import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryApiKeys } from '../../../lib/accounts/api-keys/memory-api-keys.js';
import { ADAPTERS } from '../../support/start-app.js';
import { bearer } from '../../support/tokens.js';
import { hostileRequests, type AttackedKeys, type HostileRequest } from './hostile-keys.js';
import { keyApp, type KeyApp } from './key-app.js';

const ALICE = { owner: 'alice', name: 'Warehouse', scopes: ['orders:read'] };

/** Sends headers as they are, also twice and with any bytes. */
function send(
  url: string,
  { headers = [], query = '', body = '' }: Partial<HostileRequest>,
): Promise<{ status: number; text: string }> {
  const json = body ? ['Content-Type', 'application/json', 'Content-Length', String(body.length)] : [];
  const all = ['Host', new URL(url).host, 'Connection', 'close', ...json, ...headers];
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/orders${query}`, { headers: all }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    outgoing.on('error', reject).end(body);
  });
}

describe.each(ADAPTERS)('hostile API keys on %s', (adapter) => {
  let app: KeyApp;
  let keys: AttackedKeys;
  let hostile: HostileRequest[];

  beforeAll(async () => {
    const store = memoryApiKeys();
    app = await keyApp(
      adapter,
      {
        throttling: {
          failures: false,
          door: false,
          throttlers: [{ name: 'key', by: 'key', ttl: 60_000, limit: 1000 }],
        },
      },
      { store },
    );
    const make = () => app.keys.create(ALICE);
    const [good, other, revoked, expired, rotated] = [
      await make(),
      await make(),
      await make(),
      await make(),
      await make(),
    ];
    await app.keys.revoke(revoked.info.id, 'alice');
    const once = (await app.keys.rotate(rotated.info.id, 'alice'))!;
    await app.keys.rotate(rotated.info.id, 'alice', { overlapHours: 0 });
    const find = store.find.bind(store);
    // Its time has come.
    store.find = (id) => (id === expired.info.id ? { ...find(id)!, expiresAt: Date.now() } : find(id));
    keys = {
      good: good.key,
      other: other.key,
      revoked: revoked.key,
      expired: expired.key,
      rotatedOut: once.key,
      forgotten: rotated.key,
      bearer: (await bearer('alice', [], { scope: 'orders:read' })).slice('Bearer '.length),
    };
    hostile = hostileRequests(keys);
  });
  afterAll(() => app.close());

  const controls = async () => {
    const statuses: number[] = [];
    for (const headers of [
      ['X-API-Key', keys.good],
      ['X-API-Key', keys.other],
      ['Authorization', `ApiKey ${keys.good}`],
      ['Authorization', `Bearer ${keys.bearer}`],
    ])
      statuses.push((await send(app.url, { headers })).status);
    return statuses;
  };

  it('the controls get in, before', async () => {
    expect(await controls()).toEqual([200, 200, 200, 200]);
  });

  it('none of at least 60 gets in, and no handler runs', async () => {
    expect(hostile.length).toBeGreaterThanOrEqual(60);
    expect(new Set(hostile.map(({ name }) => name)).size).toBe(hostile.length);
    app.counter.reset();
    const wrong: string[] = [];
    for (const each of hostile) {
      const { status, text } = await send(app.url, each);
      if (status !== (each.status ?? 401)) wrong.push(`${each.name}: ${status}`);
      if (text.includes(keys.good.slice(5, 22)) || text.includes('api-key')) wrong.push(`${each.name}: told`);
    }
    expect(wrong).toEqual([]);
    expect(app.counter.reached).toEqual([]);
  });

  it('the store is asked once for what has the form of a key, and never for junk', async () => {
    const wrong: string[] = [];
    for (const each of hostile) {
      const before = app.calls['find'] ?? 0;
      await send(app.url, each);
      const reads = (app.calls['find'] ?? 0) - before;
      if (reads !== each.reads) wrong.push(`${each.name}: ${reads}`);
    }
    expect(wrong).toEqual([]);
    expect(hostile.filter(({ reads }) => reads === 0).length).toBeGreaterThan(60);
  });

  it('the log has no secret of a key, and names a principal for none of them', () => {
    const secrets = [keys.good, keys.other, keys.revoked, keys.rotatedOut].map((key) => key.slice(-39, -6));
    const log = JSON.stringify(app.events);
    expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
    // The edge refuses a second Authorization header.
    const types = ['authentication.failed', 'request.refused'];
    const refused = app.events.filter(({ type }) => types.includes(type));
    expect(refused).toHaveLength(2 * hostile.length);
    expect(refused.filter(({ principal, apiKey }) => principal ?? apiKey)).toEqual([]);
  });

  it('the controls get in, after', async () => {
    app.counter.reset();
    expect(await controls()).toEqual([200, 200, 200, 200]);
    expect(app.counter.done).toHaveLength(4);
  });
});
