import type * as Crypto from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';

const done: string[] = [];
// The real ones, counted.
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof Crypto>();
  return {
    ...real,
    timingSafeEqual: (...given: Parameters<typeof real.timingSafeEqual>) => {
      done.push(`compare ${given[0].byteLength} with ${given[1].byteLength}`);
      return real.timingSafeEqual(...given);
    },
    hash: (...given: Parameters<typeof real.hash>) => {
      done.push(`${given[0]} of ${(given[1] as string).length}`);
      return real.hash(...given);
    },
  };
});

// Loaded anew with them, and again without them for the next file of this process.
vi.resetModules();
afterAll(() => {
  vi.doUnmock('node:crypto');
  vi.resetModules();
});

const { ApiKeyFormat, newKeyId, newKeySecret } =
  await import('../../../lib/accounts/api-keys/api-key-format.js');
const { ApiKeyVerifier } = await import('../../../lib/accounts/api-keys/api-key-verifier.js');
const { countedStore, keyHouse } = await import('./support.js');
const { memoryApiKeys } = await import('../../../lib/accounts/api-keys/memory-api-keys.js');

const format = new ApiKeyFormat('shop');

describe('what is done for a key that is refused', () => {
  beforeEach(() => {
    done.length = 0;
  });

  it('is the same for an unknown id, a wrong secret, and a wrong secret of a key with two, or revoked', async () => {
    const { store, calls } = countedStore(memoryApiKeys());
    const { service, settings, clock } = keyHouse({}, store);
    const make = async () => (await service.create({ owner: 'a', name: 'b', scopes: ['c'] })).info.id;
    const [plain, rotated, revoked] = [await make(), await make(), await make()];
    await service.rotate(rotated, 'a');
    await service.revoke(revoked, 'a');
    const verifier = new ApiKeyVerifier(settings, 'api', () => clock.now);
    const works: string[][] = [];
    for (const id of [newKeyId(), plain, rotated, revoked]) {
      done.length = 0;
      const before = calls['find']!;
      const verdict = await verifier.verify(format.write({ id, secret: newKeySecret() }));
      expect(verdict).toHaveProperty('denial');
      works.push([...done, `${calls['find']! - before} read`]);
    }
    for (const work of works)
      expect(work).toEqual(['sha256 of 33', 'compare 32 with 32', 'compare 32 with 32', '1 read']);
  });
});
