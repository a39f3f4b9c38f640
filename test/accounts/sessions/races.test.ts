import { memoryState } from 'nestjs-gatehouse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StateStore } from '../../../lib/core/state-store.js';
import { inProcesses } from '../../integrations/postgres/children.js';
import { emptyPostgres } from '../../support/postgres.js';
import { RACES } from '../../support/race.js';
import { anyRedis, canRun } from '../../support/redis.js';
import { openStore } from './refresh-work.js';
import { house, nobodyInParticular as load, reasonOf } from './support.js';
import { signIn } from '../../support/sign-in.js';

const MODULE = '../../accounts/sessions/refresh-work.ts';
const AT_ONCE = 100;
// These are races, and no matter of how fast the machine is.
const PATIENT = { grace: 60 };

interface Place {
  /** `undefined`: in this process alone. */
  readonly url?: string;
  readonly store: StateStore;
  close(): Promise<void>;
}

async function inRedis(): Promise<Place> {
  const server = await anyRedis();
  const { store, close } = await openStore(server.url);
  return { url: server.url, store, close: () => close().then(() => server.stop()) };
}

async function inPostgres(): Promise<Place> {
  const database = await emptyPostgres();
  const { store, close } = await openStore(database.url);
  return { url: database.url, store, close: () => close().then(() => database.drop()) };
}

const hasRedis = canRun(import.meta.filename, 'any');
const PLACES = [
  ['memory', async (): Promise<Place> => ({ store: memoryState(), close: async () => {} }), true],
  ['Redis', inRedis, hasRedis],
  ['PostgreSQL', inPostgres, true],
] as const;

describe.each(PLACES)('refreshes over %s', (_, open, runs) => {
  let place: Place;
  beforeAll(async () => {
    if (runs) place = await open();
  });
  afterAll(() => place?.close());

  it.runIf(runs)('a hundred at once: one line, one successor for all, and it works', async () => {
    for (let race = 0; race < RACES; race++) {
      const { service, types } = house({ store: place.store, real: true, sessions: PATIENT });
      let { refreshToken } = await signIn(service, { id: 'alice' });
      // Three generations: each of the hundred goes on from where all of them are.
      for (let generation = 0; generation < 3; generation++) {
        const all = await Promise.all(
          Array.from({ length: AT_ONCE }, () => service.refresh(refreshToken, load)),
        );
        expect(new Set(all.map((each) => each.refreshToken)).size).toBe(1);
        expect(new Set(all.map((each) => each.accessToken)).size).toBe(AT_ONCE);
        refreshToken = all[0]!.refreshToken;
      }
      expect(types()).toEqual(Array(3 * (AT_ONCE - 1)).fill('session.retried'));
    }
  });

  it.runIf(runs)('after the window the predecessor ends the line, and raises an event', async () => {
    const { service, types } = house({ store: place.store, real: true, sessions: { grace: 1 } });
    const { refreshToken: first } = await signIn(service, { id: 'alice' });
    const { refreshToken: second } = await service.refresh(first, load);
    await new Promise((resolve) => void setTimeout(resolve, 1100));
    const reasons = await Promise.all(
      Array.from({ length: 20 }, () => reasonOf(service.refresh(first, load))),
    );
    expect(new Set(reasons).has('none')).toBe(false);
    expect(reasons).toContain('session.reused');
    expect(types()).toContain('session.reused');
    expect(await reasonOf(service.refresh(second, load))).toBe('session.invalid');
  });

  it.runIf(runs)('a logout wins over refreshes that are under way', async () => {
    for (let race = 0; race < RACES; race++) {
      const { service } = house({ store: place.store, real: true, sessions: PATIENT });
      const { refreshToken } = await signIn(service, { id: `alice-${race}` });
      const all = Promise.allSettled(Array.from({ length: 20 }, () => service.refresh(refreshToken, load)));
      await service.logoutEverywhere(`alice-${race}`);
      for (const each of await all) {
        const token = each.status === 'fulfilled' ? each.value.refreshToken : refreshToken;
        expect(await reasonOf(service.refresh(token, load))).not.toBe('none');
      }
    }
  });

  it.runIf(runs)(
    'a logout ends what first and second uses under way are given, access tokens too',
    async () => {
      for (let race = 0; race < RACES; race++) {
        const { service, principalOf, isRevoked } = house({
          store: place.store,
          real: true,
          sessions: PATIENT,
        });
        const { refreshToken } = await signIn(service, { id: 'alice' });
        // Some of them find the token replaced, and are in `load` when the logout comes.
        const slow = (id: string) => new Promise<{ id: string }>((done) => setImmediate(() => done({ id })));
        const all = Promise.allSettled(Array.from({ length: 20 }, () => service.refresh(refreshToken, slow)));
        if (race % 2 === 0) await service.refresh(refreshToken, load);
        await service.logoutWith(refreshToken);
        for (const each of await all) {
          if (each.status === 'rejected') continue;
          expect(await reasonOf(service.refresh(each.value.refreshToken, load))).toBe('session.invalid');
          expect(await isRevoked(await principalOf(each.value.accessToken))).toBe(true);
        }
        expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.invalid');
      }
    },
  );

  it.runIf(runs)('a sign-in under way gives no token with roles that are taken away meanwhile', async () => {
    let roles: readonly string[];
    const pause = () => new Promise<void>((done) => setImmediate(done));
    for (let race = 0; race < RACES; race++) {
      const { service, principalOf, isRevoked, pass } = house({ store: place.store });
      roles = ['admin'];
      const who = async (id: string) => {
        for (let i = 0; i < race % 4; i++) await pause();
        const read = roles as never[];
        await pause();
        // Later than the second whose tokens the logout takes back.
        pass(1);
        return { id, roles: read };
      };
      const all = Promise.allSettled(
        Array.from({ length: 10 }, async (_, i) => {
          for (let turn = 0; turn < i; turn++) await pause();
          return service.begin('alice', who);
        }),
      );
      for (let turn = 0; turn < 3 + (race % 7); turn++) await pause();
      roles = [];
      await service.logoutEverywhere('alice');
      for (const each of await all) {
        if (each.status === 'rejected') continue;
        const principal = await principalOf(each.value.accessToken);
        if (principal.roles.length > 0) expect(await isRevoked(principal)).toBe(true);
        const next = await service.refresh(each.value.refreshToken, who).catch(() => undefined);
        if (next) expect((await principalOf(next.accessToken)).roles).toEqual([]);
      }
    }
  });

  it.runIf(runs)('of several processes hold one successor', async ({ skip }) => {
    if (place.url === undefined) skip();
    const { service } = house({ store: place.store, real: true, sessions: PATIENT });
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const task = { url: place.url!, refreshToken, times: 25, dies: 0 };
    const all = (await inProcesses<string[]>(4, MODULE, task)).flat();
    expect(all).toHaveLength(AT_ONCE);
    expect(new Set(all).size).toBe(1);
    expect(await reasonOf(service.refresh(all[0], load))).toBe('none');
  });

  it.runIf(runs)('a process that is killed before its answer costs nobody the session', async ({ skip }) => {
    if (place.url === undefined) skip();
    const { service, types } = house({ store: place.store, real: true, sessions: PATIENT });
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const task = { url: place.url!, refreshToken, times: 1, dies: 1 };
    await expect(inProcesses(1, MODULE, task)).rejects.toThrow(/ended before it answered/);
    const [once, twice] = [
      await service.refresh(refreshToken, load),
      await service.refresh(refreshToken, load),
    ];
    expect(twice.refreshToken).toBe(once.refreshToken);
    // It was replaced before the process died, or the first of the two would have been no retry.
    expect(types()).toEqual(['session.retried', 'session.retried']);
    expect(await reasonOf(service.refresh(once.refreshToken, load))).toBe('none');
  });
});
