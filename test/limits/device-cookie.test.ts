import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DeviceCookie } from '../../lib/pipeline/limits/lockout/device-cookie.js';

const START = 1_790_000_000_000;
const DAY = 86_400;

describe('a device cookie', () => {
  const cookie = new DeviceCookie(createSecretKey(randomBytes(32)), DAY);
  const made = cookie.make('alice', 'hash 1', START).split(';')[0]!;

  it('is known until its time is over', () => {
    expect(cookie.read(made, 'alice', 'hash 1', START)?.nonce).toMatch(/^[\w-]{22}$/);
    expect(cookie.read(made, 'alice', 'hash 1', START + DAY * 1000 - 1000)).toBeDefined();
    expect(cookie.read(made, 'alice', 'hash 1', START + DAY * 1000)).toBeUndefined();
  });

  it('is known for its account, its password and its secret alone', () => {
    expect(cookie.read(made, 'bob', 'hash 1', START)).toBeUndefined();
    expect(cookie.read(made, 'alice', 'hash 2', START)).toBeUndefined();
    const other = new DeviceCookie(createSecretKey(randomBytes(32)), DAY);
    expect(other.read(made, 'alice', 'hash 1', START)).toBeUndefined();
    expect(cookie.read(undefined, 'alice', 'hash 1', START)).toBeUndefined();
  });

  it('is another one each time', () => {
    const again = cookie.make('alice', 'hash 1', START).split(';')[0]!;
    expect(again.split('=')[0]).toBe(made.split('=')[0]);
    expect(again).not.toBe(made);
  });
});
