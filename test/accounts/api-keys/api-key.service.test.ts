import { describe, expect, it } from 'vitest';
import { hashSecret } from '../../../lib/accounts/api-keys/api-key-format.js';
import { ApiKeyService } from '../../../lib/accounts/api-keys/api-key.service.js';
import type { ApiKeyStore, StoredApiKey } from '../../../lib/accounts/api-keys/api-key-store.js';
import { memoryApiKeys } from '../../../lib/accounts/api-keys/memory-api-keys.js';
import { denialOf } from '../passwords/support.js';
import { keyHouse } from './support.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const ALICE = { owner: 'alice', name: 'Warehouse', scopes: ['orders:read'] };

const secretOf = (key: string) => key.slice(-39, -6);

describe('a new key', () => {
  it('is told once, and what is kept of it makes no key', async () => {
    const { service, store } = keyHouse();
    const { key, info } = await service.create(ALICE);
    const kept = (await store.find(info.id))!;
    expect(key).toContain(`shop_${info.id}_`);
    expect(kept.hash).toBe(hashSecret(secretOf(key)));
    const everything = JSON.stringify([kept, info, await service.list('alice')]);
    expect(everything).not.toContain(secretOf(key));
    expect(JSON.stringify([info, await service.list('alice')])).not.toContain(kept.hash);
  });

  it('has no roles, its scopes alone, and 90 days', async () => {
    const { service, clock } = keyHouse();
    const { info } = await service.create({ ...ALICE, scopes: ['a', 'b', 'a'] });
    expect(info).toEqual({
      id: info.id,
      owner: 'alice',
      name: 'Warehouse',
      scopes: ['a', 'b'],
      roles: [],
      tenant: null,
      createdAt: new Date(clock.now),
      secretAt: new Date(clock.now),
      previousUntil: null,
      expiresAt: new Date(clock.now + 90 * DAY),
      lastUsedAt: null,
      revokedAt: null,
    });
  });

  it('lives as long as is wanted, and no longer than the option says', async () => {
    const { service, clock } = keyHouse({ lifetimeDays: 30 });
    expect((await service.create({ ...ALICE, days: 7 })).info.expiresAt.getTime()).toBe(clock.now + 7 * DAY);
    for (const days of [31, 0, -1, 1.5, NaN, Infinity, '7' as never])
      await expect(service.create({ ...ALICE, days })).rejects.toThrow('from 1 to 30');
  });

  it.each([
    ['owner', { owner: ' ' }],
    ['owner', { owner: undefined }],
    ['owner', { owner: 'x'.repeat(257) }],
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(101) }],
    ['name', { name: 'a\nb' }],
    ['name', { name: 7 }],
    ['scopes', { scopes: [] }],
    ['scopes', { scopes: 'orders:read' }],
    ['scopes', { scopes: ['orders:read orders:write'] }],
    ['scopes', { scopes: ['é'] }],
    ['scopes', { scopes: [''] }],
    ['scopes', { scopes: Array<string>(51).fill('a') }],
    ['roles', { roles: 'admin' }],
    ['roles', { roles: [''] }],
    ['tenant', { tenant: '' }],
  ])('cannot be made of a wrong %s: %j', async (field, wrong) => {
    const { service, store } = keyHouse();
    await expect(service.create({ ...ALICE, ...wrong } as never)).rejects.toThrow(TypeError);
    await expect(service.create({ ...ALICE, ...wrong } as never)).rejects.toThrow(field);
    expect(await store.listOf('alice')).toEqual([]);
  });
});

describe('an argument with a property that there is not', () => {
  it.each([
    [{ day: 1 }, "no property 'day': did you mean days?"],
    [{ Roles: ['admin'] }, "no property 'Roles': did you mean roles?"],
    [{ expiresAt: 1 }, "no property 'expiresAt': it has owner, name, scopes, roles, tenant, days"],
  ])('makes no key: %j', async (wrong, message) => {
    const { service, store } = keyHouse();
    const made = service.create({ ...ALICE, ...wrong });
    await expect(made).rejects.toThrow(TypeError);
    await expect(made).rejects.toThrow(message);
    expect(await store.listOf('alice')).toEqual([]);
  });

  it.each([
    [{ overlap: 0 }, "no property 'overlap': it has days, overlapHours"],
    [{ overlaphours: 0 }, "no property 'overlaphours': did you mean overlapHours?"],
  ])('rotates none: %j', async (wrong, message) => {
    const { service, store } = keyHouse();
    const { info } = await service.create(ALICE);
    const before = await store.find(info.id);
    const rotated = service.rotate(info.id, 'alice', wrong as never);
    await expect(rotated).rejects.toThrow(TypeError);
    await expect(rotated).rejects.toThrow(message);
    expect(await store.find(info.id)).toEqual(before);
  });
});

describe('the keys of an owner', () => {
  const reasonOf = async (made: Promise<unknown>) => (await denialOf(made)).reason;

  it('are so many and no more, revoked and expired ones not counted', async () => {
    const { service, store, clock, events } = keyHouse({ maxPerOwner: 2 });
    const first = await service.create({ ...ALICE, days: 1 });
    await service.create(ALICE);
    expect(await reasonOf(service.create(ALICE))).toBe('limit.api-keys');
    expect([(await store.listOf('alice')).length, events.length]).toEqual([2, 2]);
    await service.create({ ...ALICE, owner: 'bob' });
    expect(await service.rotate(first.info.id, 'alice', { days: 1 })).toBeDefined();
    clock.now += DAY;
    const third = await service.create(ALICE);
    expect(await reasonOf(service.create(ALICE))).toBe('limit.api-keys');
    await service.revoke(third.info.id, 'alice');
    await service.create(ALICE);
  });

  it('are 20 where nothing is said', async () => {
    const { service } = keyHouse();
    for (let i = 0; i < 20; i++) await service.create(ALICE);
    expect(await reasonOf(service.create(ALICE))).toBe('limit.api-keys');
  });
});

describe('a rotation', () => {
  it('keeps the id, and the old secret for the overlap', async () => {
    const { service, store, clock } = keyHouse();
    const first = await service.create(ALICE);
    clock.now += 10 * DAY;
    const second = (await service.rotate(first.info.id, 'alice'))!;
    expect(second.info.id).toBe(first.info.id);
    expect(secretOf(second.key)).not.toBe(secretOf(first.key));
    const kept = (await store.find(first.info.id))!;
    expect([kept.hash, kept.previousHash]).toEqual([
      hashSecret(secretOf(second.key)),
      hashSecret(secretOf(first.key)),
    ]);
    expect(kept.previousUntil).toBe(clock.now + 24 * HOUR);
    expect(kept.expiresAt).toBe(clock.now + 90 * DAY);
    expect(second.info.previousUntil).toEqual(new Date(kept.previousUntil!));
  });

  it('leaves two secrets at most', async () => {
    const { service, store } = keyHouse();
    const first = await service.create(ALICE);
    const second = (await service.rotate(first.info.id, 'alice'))!;
    const third = (await service.rotate(first.info.id, 'alice'))!;
    const { hash, previousHash } = (await store.find(first.info.id))!;
    expect([hash, previousHash]).toEqual([hashSecret(secretOf(third.key)), hashSecret(secretOf(second.key))]);
  });

  it('gives as long a life as before, or the one that is wanted', async () => {
    const { service, clock } = keyHouse();
    const { info } = await service.create({ ...ALICE, days: 7 });
    clock.now += DAY;
    const again = (await service.rotate(info.id, 'alice'))!;
    expect(again.info.expiresAt.getTime()).toBe(clock.now + 7 * DAY);
    clock.now += DAY;
    const third = (await service.rotate(info.id, 'alice'))!;
    expect(third.info.expiresAt.getTime()).toBe(clock.now + 7 * DAY);
    const longer = (await service.rotate(info.id, 'alice', { days: 20 }))!;
    expect(longer.info.expiresAt.getTime()).toBe(clock.now + 20 * DAY);
    for (const days of [0, 91, NaN])
      await expect(service.rotate(info.id, 'alice', { days })).rejects.toThrow('from 1 to 90');
  });

  it('gives no longer life than the option says by now', async () => {
    const { service, store } = keyHouse();
    const { info } = await service.create(ALICE);
    const stricter = keyHouse({ lifetimeDays: 30 }, store);
    const rotated = (await stricter.service.rotate(info.id, 'alice'))!;
    expect(rotated.info.expiresAt.getTime()).toBe(stricter.clock.now + 30 * DAY);
  });

  it('never lets the old secret outlive its key, and ends it at once where that is wanted', async () => {
    const { service, clock } = keyHouse();
    const { info } = await service.create({ ...ALICE, days: 1 });
    clock.now += DAY - HOUR;
    const rotated = (await service.rotate(info.id, 'alice'))!;
    expect(rotated.info.previousUntil).toEqual(info.expiresAt);
    const atOnce = (await service.rotate(info.id, 'alice', { overlapHours: 0 }))!;
    expect(atOnce.info.previousUntil).toEqual(new Date(clock.now));
    for (const overlapHours of [25, -1, NaN])
      await expect(service.rotate(info.id, 'alice', { overlapHours })).rejects.toThrow('from 0 to 24');
  });

  it('finds no key of somebody else, none that is revoked, none that has expired', async () => {
    const { service, store, clock } = keyHouse();
    const { info } = await service.create(ALICE);
    const before = await store.find(info.id);
    expect(await service.rotate(info.id, 'bob')).toBeUndefined();
    expect(await service.rotate('nobody', 'alice')).toBeUndefined();
    expect(await store.find(info.id)).toEqual(before);
    clock.now += 90 * DAY;
    expect(await service.rotate(info.id, 'alice')).toBeUndefined();
    const other = await service.create(ALICE);
    await service.revoke(other.info.id, 'alice');
    expect(await service.rotate(other.info.id, 'alice')).toBeUndefined();
  });

  it('at the same moment as another: one of them has the key', async () => {
    const { service, store } = keyHouse();
    const { info } = await service.create(ALICE);
    const made = await Promise.all(Array.from({ length: 20 }, () => service.rotate(info.id, 'alice')));
    const winners = made.filter((each) => each !== undefined);
    expect(winners).toHaveLength(1);
    expect((await store.find(info.id))!.hash).toBe(hashSecret(secretOf(winners[0]!.key)));
  });
});

describe('keys', () => {
  it('are revoked by their owner and nobody else', async () => {
    const { service, store, clock } = keyHouse();
    const { info } = await service.create(ALICE);
    expect(await service.revoke(info.id, 'bob')).toBe(false);
    expect((await store.find(info.id))!.revokedAt).toBeNull();
    expect(await service.revoke(info.id, 'alice')).toBe(true);
    expect((await store.find(info.id))!.revokedAt).toBe(clock.now);
    expect(await service.revoke('nobody', 'alice')).toBe(false);
  });

  it('are revoked all at once, one owner’s alone', async () => {
    const { service } = keyHouse();
    for (const owner of ['alice', 'alice', 'bob']) await service.create({ ...ALICE, owner });
    await service.revoke((await service.create(ALICE)).info.id, 'alice');
    expect(await service.revokeAll('alice')).toBe(2);
    expect((await service.list('alice')).every(({ revokedAt }) => revokedAt !== null)).toBe(true);
    expect((await service.list('bob')).map(({ revokedAt }) => revokedAt)).toEqual([null]);
  });

  it('are revoked all at once, and rotated, in a store that leaves out what there is none of', async () => {
    const kept = memoryApiKeys();
    const sparse = (key: StoredApiKey | undefined) =>
      key && { ...key, revokedAt: key.revokedAt ?? undefined };
    const store = Object.assign(memoryApiKeys(), {
      insert: (key: StoredApiKey) => kept.insert(key),
      find: (id: string) => sparse(kept.find(id)),
      listOf: (owner: string) => kept.listOf(owner).map(sparse),
      rotate: (...given: Parameters<ApiKeyStore['rotate']>) => kept.rotate(...given),
      revoke: (...given: Parameters<ApiKeyStore['revoke']>) => kept.revoke(...given),
    }) as ApiKeyStore;
    const { service, clock } = keyHouse({}, store);
    const { info } = await service.create(ALICE);
    expect(await service.rotate(info.id, 'alice')).toBeDefined();
    expect(await service.revokeAll('alice')).toBe(1);
    expect(kept.find(info.id)!.revokedAt).toBe(clock.now);
  });

  it('are listed with the newest first', async () => {
    const { service, clock } = keyHouse();
    for (const name of ['a', 'b', 'c']) {
      await service.create({ ...ALICE, name });
      clock.now += 1;
    }
    await service.create({ ...ALICE, owner: 'bob' });
    expect((await service.list('alice')).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });

  it('leave a line in the log when they are made, rotated and revoked, without the secret', async () => {
    const { service, events } = keyHouse();
    const { key, info } = await service.create(ALICE);
    await service.rotate(info.id, 'alice');
    await service.revoke(info.id, 'alice');
    const line = { principal: 'alice', apiKey: info.id };
    expect(events).toEqual([
      { type: 'api-key.created', ...line },
      { type: 'api-key.rotated', ...line },
      { type: 'api-key.revoked', ...line },
    ]);
    expect(JSON.stringify(events)).not.toContain(secretOf(key));
  });
});

describe('a store', () => {
  const failing = (fails: () => never): ApiKeyStore =>
    Object.assign(memoryApiKeys(), { find: fails, insert: fails, listOf: fails });

  it.each([
    [
      'throws',
      () =>
        failing(() => {
          throw new Error('postgres://user:hunter2@db');
        }),
    ],
    ['rejects', () => failing((() => Promise.reject(new RangeError('hunter2'))) as never)],
    ['hangs', () => failing((() => new Promise(() => undefined)) as never)],
  ])('that %s is unavailable', async (_, store) => {
    const { service, events } = keyHouse({ deadline: 5 }, store());
    for (const asked of [
      service.create(ALICE),
      service.rotate('a', 'alice'),
      service.revoke('a', 'alice'),
      service.revokeAll('alice'),
      service.list('alice'),
    ]) {
      const denial = await denialOf(asked);
      expect(denial.reason).toBe('api-key.unavailable');
      expect(denial.headers).toEqual({ 'Retry-After': '5' });
      expect(JSON.stringify(denial)).not.toContain('hunter2');
    }
    expect(events).toEqual([]);
  });

  it('that finds another key than was asked for has none', async () => {
    const store = memoryApiKeys();
    const { service } = keyHouse({}, store);
    const { info } = await service.create(ALICE);
    const find = store.find.bind(store);
    store.find = () => find(info.id);
    expect(await service.rotate(info.id.toLowerCase(), 'alice')).toBeUndefined();
    expect(await service.revoke('x', 'alice')).toBe(false);
  });

  it('that is not there says what to write', async () => {
    const service = new ApiKeyService(undefined, { record: () => undefined });
    await expect(service.create(ALICE)).rejects.toThrow('set accounts.apiKeys');
    await expect(service.list('alice')).rejects.toThrow('set accounts.apiKeys');
  });
});
