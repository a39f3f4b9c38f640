import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../lib/core/principal.js';
import { KeySet } from '../../lib/kit/keys/key-set.js';
import { TokenCache } from '../../lib/pipeline/authentication/token-cache.js';

const keys = new KeySet([]);
const signature = 's'.repeat(43);

function claimedBy(id: string, begins = 0, expires = 100) {
  const principal: Principal = { id, roles: [], scopes: [], claims: {}, method: 'jwt', authenticatedAt: 0 };
  return { principal, begins, expires };
}

describe('the token cache', () => {
  it('tells tokens apart that end alike', () => {
    const cache = new TokenCache(10, 0);
    const [a, b] = [`a.a.${signature}`, `b.b.${signature}`];
    cache.set(a, keys, claimedBy('a'));
    expect(cache.get(b, keys, 50)).toBeUndefined();
    expect(cache.get(`x${a}`, keys, 50)).toBeUndefined();
    expect(cache.get(a.slice(1), keys, 50)).toBeUndefined();
    expect(cache.get(signature.slice(-32), keys, 50)).toBeUndefined();
    cache.set(b, keys, claimedBy('b'));
    expect(cache.get(b, keys, 50)?.id).toBe('b');
    expect(cache.get(a, keys, 50)).toBeUndefined();
    expect(cache.size).toBe(1);
  });

  it('looks at the times at each hit, the tolerance included', () => {
    const cache = new TokenCache(10, 5);
    cache.set('token', keys, claimedBy('a', 10, 20));
    const known = [4.9, 5, 24.9, 25, 15].map((now) => cache.get('token', keys, now) !== undefined);
    expect(known).toEqual([false, true, true, false, true]);
  });

  it('forgets everything with other keys', () => {
    const cache = new TokenCache(10, 0);
    const others = new KeySet([]);
    cache.set('a', keys, claimedBy('a'));
    expect(cache.get('a', others, 50)).toBeUndefined();
    cache.set('b', others, claimedBy('b'));
    expect(cache.size).toBe(1);
    expect(cache.get('a', keys, 50)).toBeUndefined();
    expect(cache.get('a', others, 50)).toBeUndefined();
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
            cache.set(text, keys, claimedBy(text));
            ever.add(text);
          }
          const found = cache.get(text, keys, 50);
          if (set || (ever.has(text) && ever.size <= max)) expect(found?.id).toBe(text);
          else expect([text, undefined]).toContain(found?.id);
          expect(cache.size).toBe(Math.min(max, ever.size));
        }
      }),
    );
  });

  it('keeps what is used while others come and go', () => {
    const cache = new TokenCache(4, 0);
    cache.set('used', keys, claimedBy('used'));
    for (let i = 0; i < 100; i++) {
      cache.set(`once ${i}`, keys, claimedBy(`${i}`));
      expect(cache.get('used', keys, 50)?.id).toBe('used');
    }
    expect(cache.size).toBe(4);
  });
});
