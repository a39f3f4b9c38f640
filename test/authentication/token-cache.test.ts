import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../lib/core/principal.js';
import { KeySet } from '../../lib/kit/keys/key-set.js';
import { TokenCache } from '../../lib/pipeline/authentication/token-cache.js';

const keys = new KeySet([]);
const source = {
  current: (): KeySet | undefined => keys,
  refresh: () => Promise.resolve(keys),
  failure: undefined,
};
const signature = 's'.repeat(43);

function claimedBy(id: string, begins = 0, expires = 100) {
  const principal: Principal = { id, roles: [], scopes: [], claims: {}, method: 'jwt', authenticatedAt: 0 };
  return { principal, begins, expires };
}

describe('the token cache', () => {
  it('tells tokens apart that end alike', () => {
    const cache = new TokenCache(10, 0);
    const [a, b] = [`a.a.${signature}`, `b.b.${signature}`];
    cache.set(a, { source, keys, claimed: claimedBy('a') });
    expect(cache.get(b, 50)).toBeUndefined();
    expect(cache.get(`x${a}`, 50)).toBeUndefined();
    expect(cache.get(a.slice(1), 50)).toBeUndefined();
    expect(cache.get(signature.slice(-32), 50)).toBeUndefined();
    cache.set(b, { source, keys, claimed: claimedBy('b') });
    expect(cache.get(b, 50)?.id).toBe('b');
    expect(cache.get(a, 50)).toBeUndefined();
    expect(cache.size).toBe(1);
  });

  it('looks at the times at each hit, the tolerance included', () => {
    const cache = new TokenCache(10, 5);
    cache.set('token', { source, keys, claimed: claimedBy('a', 10, 20) });
    const known = [4.9, 5, 24.9, 25, 15].map((now) => cache.get('token', now) !== undefined);
    expect(known).toEqual([false, true, true, false, true]);
  });

  it('knows no token whose issuer has other keys now, or none, and every token of another issuer', () => {
    const cache = new TokenCache(10, 0);
    const rotating = { ...source, now: keys as KeySet | undefined, current: () => rotating.now };
    cache.set('a', { source: rotating, keys, claimed: claimedBy('a') });
    cache.set('b', { source, keys, claimed: claimedBy('b') });
    expect(cache.get('a', 50)?.id).toBe('a');
    for (const current of [new KeySet([]), undefined]) {
      rotating.now = current;
      expect(cache.get('a', 50)).toBeUndefined();
      expect(cache.get('b', 50)?.id).toBe('b');
    }
    cache.set('a', { source: rotating, keys: (rotating.now = new KeySet([])), claimed: claimedBy('a2') });
    expect(cache.get('a', 50)?.id).toBe('a2');
  });

  it('remembers as many as it may, all of them while no more are used, and gives nobody for another', () => {
    const uses = fc.array(fc.record({ token: fc.nat(11), set: fc.boolean() }), { maxLength: 200 });
    fc.assert(
      fc.property(uses, fc.integer({ min: 1, max: 8 }), (steps, max) => {
        const cache = new TokenCache(max, 0);
        const ever = new Set<string>();
        for (const { token, set } of steps) {
          const text = `token ${token} ${signature.slice(0, 20)} ${token}`;
          if (set) {
            cache.set(text, { source, keys, claimed: claimedBy(text) });
            ever.add(text);
          }
          const found = cache.get(text, 50);
          if (set || (ever.has(text) && ever.size <= max)) expect(found?.id).toBe(text);
          else expect([text, undefined]).toContain(found?.id);
          expect(cache.size).toBe(Math.min(max, ever.size));
        }
      }),
    );
  });

  it('keeps what is used while others come and go', () => {
    const cache = new TokenCache(4, 0);
    cache.set('used', { source, keys, claimed: claimedBy('used') });
    for (let i = 0; i < 100; i++) {
      cache.set(`once ${i}`, { source, keys, claimed: claimedBy(`${i}`) });
      expect(cache.get('used', 50)?.id).toBe('used');
    }
    expect(cache.size).toBe(4);
  });
});
