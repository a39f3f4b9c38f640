import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Nonces } from '../../../lib/pipeline/authentication/dpop/nonces.js';

const MINUTE = 60_000;
const now = 1_790_000_000_000;
const secret = createSecretKey(randomBytes(32));

describe('nonces', () => {
  it('are the same in every instance with the secret, and in no other', () => {
    const [one, two, foreign] = [secret, secret, createSecretKey(randomBytes(32))].map(
      (key) => new Nonces(key),
    );
    const nonce = one!.current(now);
    expect(two!.look(nonce, now)).toBe('current');
    expect(foreign!.look(nonce, now)).toBe('unknown');
  });

  it('count in their minute and, for one to be replaced, in the next and in the one before', () => {
    const nonces = new Nonces(secret);
    const nonce = nonces.current(now);
    const at = (minutes: number) => nonces.look(nonce, now + minutes * MINUTE);
    expect([-2, -1, 0, 1, 2].map(at)).toEqual(['unknown', 'aging', 'current', 'aging', 'unknown']);
    expect(nonces.current(now + MINUTE)).not.toBe(nonce);
    // Quoted nowhere, and what a header may hold (RFC 9449 §8.1).
    expect(nonce).toMatch(/^[\w-]{43}$/);
  });

  it.each([undefined, null, '', 'a', 1, [], {}, 'é'.repeat(43)])('%j is none', (nonce) => {
    expect(new Nonces(secret).look(nonce, now)).toBe('unknown');
  });
});
