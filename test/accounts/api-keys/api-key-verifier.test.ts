import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiKeyFormat, newKeyId, newKeySecret } from '../../../lib/accounts/api-keys/api-key-format.js';
import type { ApiKeyStore, StoredApiKey } from '../../../lib/accounts/api-keys/api-key-store.js';
import { ApiKeyVerifier } from '../../../lib/accounts/api-keys/api-key-verifier.js';
import { memoryApiKeys, type MemoryApiKeys } from '../../../lib/accounts/api-keys/memory-api-keys.js';
import { countedStore, keyHouse } from './support.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ALICE = { owner: 'alice', name: 'Warehouse', scopes: ['orders:read'] };
const format = new ApiKeyFormat('shop');

function verifying(store: ApiKeyStore = memoryApiKeys(), options = {}) {
  const house = keyHouse(options, store);
  const verifier = new ApiKeyVerifier(house.settings, 'api', () => house.clock.now);
  return {
    ...house,
    verify: async (key: string) => {
      const verdict = await verifier.verify(key);
      return 'denial' in verdict ? verdict.denial.reason : verdict.principal;
    },
    denial: async (key: string) => {
      const verdict = await verifier.verify(key);
      return 'denial' in verdict ? verdict.denial : undefined;
    },
  };
}

/** The same key with another last character of its secret, and the right checksum. */
function otherSecret(key: string): string {
  const { id, secret } = format.parse(key)!;
  return format.write({ id, secret: secret.slice(0, -1) + (secret.endsWith('0') ? '1' : '0') });
}

describe('an API key', () => {
  it('is its owner, with its own scopes and roles', async () => {
    const { service, verify, clock } = verifying();
    const { key, info } = await service.create({ ...ALICE, roles: ['user'] as never, tenant: 'north' });
    const principal = await verify(key);
    expect(principal).toEqual({
      id: 'alice',
      roles: ['user'],
      scopes: ['orders:read'],
      tenant: 'north',
      claims: { name: 'Warehouse' },
      method: 'api-key',
      keyId: info.id,
      authenticatedAt: clock.now / 1000,
    });
    for (const part of [principal, ...Object.values(principal)]) expect(Object.isFrozen(part)).toBe(true);
  });

  it('of an unknown id, and of a wrong secret', async () => {
    const { service, verify } = verifying();
    const { key } = await service.create(ALICE);
    expect(await verify(format.write({ id: newKeyId(), secret: newKeySecret() }))).toBe('api-key.unknown');
    expect(await verify(otherSecret(key))).toBe('api-key.secret');
  });

  it('works until it expires', async () => {
    const { service, verify, clock } = verifying();
    const { key } = await service.create({ ...ALICE, days: 1 });
    clock.now += DAY - 1;
    expect(await verify(key)).toMatchObject({ id: 'alice' });
    clock.now += 1;
    expect(await verify(key)).toBe('api-key.expired');
  });

  it('ends with the next request after its revocation', async () => {
    const { service, verify } = verifying();
    const { key, info } = await service.create(ALICE);
    expect(await verify(key)).toMatchObject({ id: 'alice' });
    await service.revoke(info.id, 'alice');
    expect(await verify(key)).toBe('api-key.revoked');
  });

  it('that was rotated works until the overlap ends, the new one from the start', async () => {
    const { service, verify, clock } = verifying();
    const first = await service.create(ALICE);
    const second = (await service.rotate(first.info.id, 'alice', { overlapHours: 1 }))!;
    clock.now += HOUR - 1;
    for (const { key } of [first, second]) expect(await verify(key)).toMatchObject({ id: 'alice' });
    clock.now += 1;
    expect(await verify(first.key)).toBe('api-key.rotated');
    expect(await verify(second.key)).toMatchObject({ id: 'alice' });
  });

  it('ends at once where a rotation says so, and where another rotation follows', async () => {
    const { service, verify } = verifying();
    const first = await service.create(ALICE);
    const second = (await service.rotate(first.info.id, 'alice'))!;
    const third = (await service.rotate(first.info.id, 'alice', { overlapHours: 0 }))!;
    expect(await verify(first.key)).toBe('api-key.secret');
    expect(await verify(second.key)).toBe('api-key.rotated');
    expect(await verify(third.key)).toMatchObject({ id: 'alice' });
    await service.revoke(third.info.id, 'alice');
    for (const { key } of [second, third]) expect(await verify(key)).toBe('api-key.revoked');
  });

  it('is refused in one way for the client, whatever is wrong with it', async () => {
    const { service, denial, clock } = verifying();
    const keys = [await service.create(ALICE), await service.create(ALICE)];
    await service.revoke(keys[0]!.info.id, 'alice');
    clock.now += 90 * DAY;
    const texts = ['', 'shop_', format.write({ id: newKeyId(), secret: newKeySecret() })];
    const answers = await Promise.all(
      [...texts, otherSecret(keys[0]!.key), ...keys.map(({ key }) => key)].map(denial),
    );
    expect(new Set(answers.map((each) => each!.reason)).size).toBe(5);
    expect(new Set(answers.map((each) => JSON.stringify(each!.headers)))).toEqual(
      new Set(['{"WWW-Authenticate":"ApiKey realm=\\"api\\""}']),
    );
  });
});

describe('the store', () => {
  it('is asked once for a key, and not at all for junk', async () => {
    const { store, calls } = countedStore(memoryApiKeys());
    const { service, verify } = verifying(store);
    const { key } = await service.create(ALICE);
    for (const junk of ['', 'a', key.slice(1), `${key} `, key.toUpperCase(), `Bearer ${key}`])
      expect(await verify(junk)).toBe('api-key.malformed');
    expect(calls['find']).toBeUndefined();
    for (const each of [key, otherSecret(key), format.write({ id: newKeyId(), secret: newKeySecret() })])
      await verify(each);
    expect(calls['find']).toBe(3);
  });

  it('that finds the key of another id has none', async () => {
    const store = memoryApiKeys();
    const { service, verify } = verifying(store);
    const { key, info } = await service.create(ALICE);
    const { secret } = format.parse(key)!;
    const find = store.find.bind(store);
    store.find = () => find(info.id);
    const other = info.id.slice(0, -1) + (info.id.endsWith('0') ? '1' : '0');
    expect(await verify(format.write({ id: other, secret }))).toBe('api-key.unknown');
    expect(await verify(key)).toMatchObject({ id: 'alice' });
  });

  it.each<[string, Partial<Record<keyof StoredApiKey, unknown>>, string]>([
    ['no hash', { hash: undefined }, 'api-key.secret'],
    ['an empty hash', { hash: '' }, 'api-key.secret'],
    ['hashes that are none', { hash: 'x', previousHash: '' }, 'api-key.secret'],
    ['no expiry', { expiresAt: undefined }, 'api-key.expired'],
    ['an expiry that is no number', { expiresAt: 'never' }, 'api-key.expired'],
    ['a time of revocation in the future', { revokedAt: 9e15 }, 'api-key.revoked'],
    ['a time of revocation of 0', { revokedAt: 0 }, 'api-key.revoked'],
  ])('that has a row with %s admits nobody', async (_, wrong, reason) => {
    const store = memoryApiKeys();
    const { service, verify } = verifying(store);
    const { key } = await service.create(ALICE);
    const find = store.find.bind(store);
    store.find = (id) => ({ ...find(id)!, ...wrong }) as StoredApiKey;
    expect(await verify(key)).toBe(reason);
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('hunter2');
      },
    ],
    ['rejects', () => Promise.reject(new Error('hunter2'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('that %s is a 503 that says when to come back', async (_, find) => {
    const store = memoryApiKeys();
    const { service, denial } = verifying(store, { deadline: 5 });
    const { key } = await service.create(ALICE);
    store.find = find as MemoryApiKeys['find'];
    const answer = await denial(key);
    expect(answer).toMatchObject({ reason: 'api-key.unavailable', headers: { 'Retry-After': '5' } });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });
});

describe('the last use', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('is noted once a minute at most, also for requests that come together', async () => {
    const { store, calls } = countedStore(memoryApiKeys());
    const { service, verify, clock } = verifying(store);
    const { key } = await service.create(ALICE);
    await Promise.all(Array.from({ length: 50 }, () => verify(key)));
    clock.now += 59_999;
    await verify(key);
    expect(calls['touch']).toBe(1);
    clock.now += 1;
    await verify(key);
    expect(calls['touch']).toBe(2);
    expect((await service.list('alice'))[0]!.lastUsedAt).toEqual(new Date(clock.now));
  });

  it('is not noted again where another instance has', async () => {
    const { store, calls } = countedStore(memoryApiKeys());
    const { service, verify, clock } = verifying(store);
    const { key, info } = await service.create(ALICE);
    await store.touch(info.id, clock.now - 30_000);
    await verify(key);
    expect(calls['touch']).toBe(1);
  });

  it('of a key that is refused is none', async () => {
    const { store, calls } = countedStore(memoryApiKeys());
    const { service, verify } = verifying(store);
    const { key, info } = await service.create(ALICE);
    await verify(otherSecret(key));
    await service.revoke(info.id, 'alice');
    await verify(key);
    expect(calls['touch']).toBeUndefined();
  });

  it.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('x');
      },
    ],
    ['rejects', () => Promise.reject(new Error('x'))],
    ['hangs', () => new Promise(() => undefined)],
  ])('holds up nobody where the store %s', async (_, touch) => {
    const warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const store = memoryApiKeys();
    const { service, verify } = verifying(store, { deadline: 5 });
    const { key } = await service.create(ALICE);
    store.touch = touch;
    expect(await verify(key)).toMatchObject({ id: 'alice' });
    await vi.waitFor(() => {
      expect(warned).toHaveBeenCalledTimes(1);
    });
  });
});
