import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyRing, SecurityConfigError } from 'nestjs-gatehouse';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logger } from '@nestjs/common';
import { newRing, retired, rotated } from '../../lib/kit/keys/key-ring.changes.js';
import {
  nextChange,
  parseRing,
  publishedAt,
  signerAt,
  type RingDocument,
} from '../../lib/kit/keys/key-ring.document.js';
import { changeRing, createRing } from '../../lib/kit/keys/key-ring.file.js';
import { SIGNING_ALGORITHMS } from '../../lib/kit/keys/signing-key.js';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';

const START = 1_790_000_000;
const ISSUER = 'https://shop.example';
const AUDIENCE = 'https://api.shop.example';
let folder: string;
let file: string;
let now: number;
const clock = () => now * 1000;
const claims = () => ({ iss: ISSUER, aud: AUDIENCE, sub: 'alice', iat: now, exp: now + 900, jti: 'x' });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ring-'));
  file = join(folder, 'keys.json');
  now = START;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof SecurityConfigError) return `${error.code} ${error.path}`;
    throw error;
  }
  return 'nothing';
};

describe.each(SIGNING_ALGORITHMS)('a ring of %s', (alg) => {
  it('signs what jose accepts by its public keys, under the thumbprint that jose computes', async () => {
    const ring = keyRing({ ephemeral: true, algorithm: alg }, clock);
    const jwks = ring.jwks() as unknown as JSONWebKeySet;
    const token = ring.sign({ typ: 'at+jwt' }, claims());
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), {
      currentDate: new Date(now * 1000),
      algorithms: [alg],
    });
    expect(payload.sub).toBe('alice');
    expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: await calculateJwkThumbprint(jwks.keys[0]!) });
  });

  it('publishes no private member', () => {
    const ring = keyRing({ ephemeral: true, algorithm: alg }, clock);
    for (const key of ring.jwks().keys) {
      for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(key).not.toHaveProperty(name);
    }
  });

  it('verifies its own tokens as authentication.keys', async () => {
    const ring = keyRing({ ephemeral: true, algorithm: alg }, clock);
    const verifier = new TokenVerifier(
      resolveAuthentication({ issuer: ISSUER, audience: AUDIENCE, keys: ring }),
      clock,
    );
    const verdict = await verifier.verify(ring.sign({ typ: 'at+jwt' }, claims()));
    expect('principal' in verdict && verdict.principal.id).toBe('alice');
    const other = keyRing({ ephemeral: true, algorithm: alg }, clock);
    expect(await verifier.verify(other.sign({ typ: 'at+jwt' }, claims()))).toMatchObject({
      denial: { reason: 'token.key-unknown' },
    });
  });
});

it('names no key so that its name passes for an option of a command', () => {
  for (let i = 0; i < 1000; i++) expect(newRing(START).keys[0]!.jwk.kid).not.toMatch(/^-/);
});

describe('the life of a key', () => {
  const states = (document: RingDocument, at: number) => ({
    signs: signerAt(document, at)?.jwk.kid,
    published: publishedAt(document, at).map(({ jwk }) => jwk.kid),
  });

  it('is published before it signs, and until its last token has expired', () => {
    const first = newRing(START);
    const a = first.keys[0]!.jwk.kid;
    const both = rotated(first, START + 1000, 'EdDSA');
    const b = both.keys[1]!.jwk.kid;
    const signs = START + 1000 + 3600;
    expect(states(both, START + 1000)).toEqual({ signs: a, published: [a, b] });
    expect(states(both, signs - 1)).toEqual({ signs: a, published: [a, b] });
    expect(states(both, signs)).toEqual({ signs: b, published: [a, b] });
    // The last token of a was signed just before, and lives 900 seconds.
    expect(states(both, signs + 899)).toEqual({ signs: b, published: [a, b] });
    expect(states(both, signs + 1200)).toEqual({ signs: b, published: [b] });
    expect(nextChange(both, START + 1000)).toBe(signs);
    expect(nextChange(both, signs + 1200)).toBe(Infinity);
  });

  it('ends without its private half, and then altogether', () => {
    const both = rotated(newRing(START), START, 'EdDSA');
    const three = rotated(both, START + 3600, 'ES256');
    expect(three.keys.map(({ jwk }) => 'd' in jwk)).toEqual([false, true, true]);
    expect(rotated(three, START + 90_000, 'EdDSA').keys).toHaveLength(2);
  });

  it('has one successor at a time', () => {
    const both = rotated(newRing(START), START, 'EdDSA');
    expect(() => rotated(both, START + 3599, 'EdDSA')).toThrow(/is published already/);
    expect(rotated(both, START + 3600, 'EdDSA').keys).toHaveLength(3);
  });

  it('ends early: what it signed counts until it expires, and another signs at once', () => {
    const first = newRing(START);
    const a = first.keys[0]!.jwk.kid;
    const after = retired(first, START + 10, a, false);
    const b = after.keys.find(({ jwk }) => jwk.kid !== a)!.jwk.kid;
    expect(states(after, START + 10)).toEqual({ signs: b, published: [a, b] });
    expect(states(after, START + 10 + 1200).published).toEqual([b]);
    expect(JSON.stringify(after.keys.find(({ jwk }) => jwk.kid === a))).not.toContain('"d"');
  });

  it('ends at once where it is compromised, whatever it signed; the next signs, whenever it should have', () => {
    const both = rotated(newRing(START), START, 'EdDSA');
    const [a, b] = both.keys.map(({ jwk }) => jwk.kid) as [string, string];
    const after = retired(both, START + 10, a, true);
    expect(states(after, START + 10)).toEqual({ signs: b, published: [b] });
    expect(states(after, START + 99_999)).toEqual({ signs: b, published: [b] });
  });

  it('is withdrawn before it signs, and its predecessor goes on', () => {
    const both = rotated(newRing(START), START, 'EdDSA');
    const [a, b] = both.keys.map(({ jwk }) => jwk.kid) as [string, string];
    const after = retired(both, START + 10, b, false);
    expect(states(after, START + 99_999)).toEqual({ signs: a, published: [a] });
    expect(() => retired(after, START + 10, b, false)).toThrow(/no such key/);
  });
});

describe('a ring that is rotated often, and whose tokens live long', () => {
  const full = (): [RingDocument, number] => {
    let document = newRing(START, 'EdDSA', { publishAhead: 300, longestToken: 2_678_400 });
    let at = START;
    for (; document.keys.length < 32; at += 300) document = rotated(document, at, 'EdDSA');
    return [document, at];
  };

  it('is not given more keys than can be read', () => {
    const [document, at] = full();
    expect(parseRing(JSON.stringify(document)).keys).toHaveLength(32);
    expect(() => rotated(document, at, 'EdDSA')).toThrow(/32 keys.*2026-10-22/);
    expect(rotated(document, at + 2_678_400, 'EdDSA').keys.length).toBeLessThan(33);
  });

  it('can do without a compromised key all the same', () => {
    const [document, at] = full();
    const signer = signerAt(document, at)!.jwk.kid;
    expect(parseRing(JSON.stringify(retired(document, at, signer, true))).keys).toHaveLength(32);
    expect(() => retired(document, at, signer, false)).toThrow(/32 keys/);
  });
});

describe('the file of a ring', () => {
  it('is its owner’s alone, and is not replaced', () => {
    expect(createRing(file, newRing(START))).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const before = readFileSync(file, 'utf8');
    expect(createRing(file, newRing(START))).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each([0o640, 0o604, 0o620, 0o660, 0o644])('is refused with mode %o', (mode) => {
    createRing(file, newRing(START));
    chmodSync(file, mode);
    expect(codeOf(() => keyRing({ file }))).toBe('option.invalid keyRing.file');
    expect(() => changeRing(file, (document) => document)).toThrow(/by others/);
    chmodSync(file, 0o400);
    expect(codeOf(() => keyRing({ file }))).toBe('nothing');
  });

  it('is changed by one at a time, and stays as it was where the change fails', () => {
    createRing(file, newRing(START));
    const before = readFileSync(file, 'utf8');
    changeRing(file, (document) => {
      expect(() => changeRing(file, (other) => other)).toThrow(/another process/);
      return document;
    });
    expect(() =>
      changeRing(file, () => {
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(existsSync(`${file}.lock`)).toBe(false);
    expect(() => changeRing(join(folder, 'none.json'), (document) => document)).toThrow(/is not there/);
  });

  it('is made at the first start where that is asked for, once', () => {
    expect(codeOf(() => keyRing({ file }, clock))).toBe('option.invalid keyRing.file');
    const one = keyRing({ file, create: true, algorithm: 'ES256' }, clock);
    const two = keyRing({ file, create: true }, clock);
    expect(two.jwks()).toEqual(one.jwks());
    expect(one.jwks().keys).toMatchObject([{ kty: 'EC' }]);
  });

  it('reaches what runs: a rotation, then the next key, within its interval', () => {
    createRing(file, newRing(START));
    const ring = keyRing({ file }, clock);
    const first = kidOf(ring.sign({}, {}));
    changeRing(file, (document) => rotated(document, now, 'EdDSA'));
    now += 29;
    expect(ring.jwks().keys).toHaveLength(1);
    const known = ring.current();
    now += 1;
    expect(ring.jwks().keys).toHaveLength(2);
    // What was decided with the old set is known by identity.
    expect(ring.current()).not.toBe(known);
    expect(kidOf(ring.sign({}, {}))).toBe(first);
    now = START + 3600;
    const second = kidOf(ring.sign({}, {}));
    expect(second).not.toBe(first);
    expect(ring.jwks().keys).toHaveLength(2);
    now += 1200;
    expect(ring.jwks().keys).toMatchObject([{ kid: second }]);
    expect(ring.current()).toBe(ring.current());
  });

  it('serves for a day as it was where it cannot be read any more, and says so once', () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => {});
    createRing(file, newRing(START));
    const ring = keyRing({ file }, clock);
    writeFileSync(file, '{"version":1,"secret-of-somebody"');
    for (let i = 0; i < 3; i++) {
      now += 60;
      expect(ring.current()).toBeDefined();
    }
    expect(ring.failure).toBeDefined();
    expect(warn).toHaveBeenCalledTimes(1);
    expect(JSON.stringify(warn.mock.calls)).not.toContain('secret-of');
    now = START + 86_400;
    expect(ring.current()).toBeUndefined();
    expect(() => ring.sign({}, {})).toThrow(/no key signs/);
    writeFileSync(file, JSON.stringify(newRing(now)));
    now += 30;
    expect(ring.current()).toBeDefined();
    expect(ring.failure).toBeUndefined();
    warn.mockRestore();
  });
});

describe('what is no ring', () => {
  const good = newRing(START);
  const [key] = good.keys as [RingDocument['keys'][number]];
  const other = newRing(START).keys[0]!;
  const withKey = (change: object) => ({ ...good, keys: [{ ...key, ...change }] });
  const withJwk = (change: object) => withKey({ jwk: { ...key.jwk, ...change } });
  const { kid: _kid, ...nameless } = key.jwk;

  it.each<[string, unknown]>([
    ['text', 'x'],
    ['null', null],
    ['a list', []],
    ['no version', { ...good, version: undefined }],
    ['another version', { ...good, version: 2 }],
    ['a field too many', { ...good, extra: 1 }],
    ['no keys', { ...good, keys: [] }],
    ['too many keys', { ...good, keys: Array(33).fill(key) }],
    ['a key twice', { ...good, keys: [key, key] }],
    ['a lead of nothing', { ...good, publishAhead: 0 }],
    ['a life of a year', { ...good, longestToken: 31_536_000 }],
    ['a key of null', { ...good, keys: [null] }],
    ['a key without a JWK', withKey({ jwk: 'x' })],
    ['no kid', withKey({ jwk: nameless })],
    ['another kid', withJwk({ kid: other.jwk.kid })],
    ['a secret', withJwk({ kty: 'oct', k: 'AAAA' })],
    ['an alg of another key', withJwk({ alg: 'ES256' })],
    ['alg none', withJwk({ alg: 'none' })],
    ['the private half of another', withJwk({ d: (other.jwk as unknown as { d: string }).d })],
    ['a private half of nothing', withJwk({ d: '' })],
    ['use enc', withJwk({ use: 'enc' })],
    ['a key that signs before it is published', withKey({ publishedFrom: START + 1 })],
    ['a key that signs until, and is published for good', withKey({ signsUntil: START + 1 })],
    ['a key that is gone before it ends', withKey({ signsUntil: START + 9, publishedUntil: START + 8 })],
    ['a time of text', withKey({ signsFrom: String(START) })],
    ['a time before time', withKey({ publishedFrom: -1 })],
  ])('%s', (_, value) => {
    expect(() => parseRing(JSON.stringify(value))).toThrow(/restore it/);
  });

  it('the good one is', () => {
    expect(parseRing(JSON.stringify(good))).toEqual(JSON.parse(JSON.stringify(good)));
  });

  it('is never quoted', () => {
    const text = '{"version":1,"keys":[{"jwk":{"d":"SECRETSECRET"}}],"publishAhead":3600,"longestToken":900}';
    process.env['TEST_RING'] = text;
    try {
      keyRing({ env: 'TEST_RING' });
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toMatch(/keyRing\.env/);
      expect(String(error)).not.toContain('SECRET');
    } finally {
      delete process.env['TEST_RING'];
    }
  });
});

describe('keyRing()', () => {
  it('reads a variable', () => {
    process.env['TEST_RING'] = JSON.stringify(newRing(START));
    const ring = keyRing({ env: 'TEST_RING' }, clock);
    delete process.env['TEST_RING'];
    now += 9e6;
    expect(ring.sign({}, {})).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(codeOf(() => keyRing({ env: 'TEST_RING' }))).toBe('option.invalid keyRing.env');
  });

  it('may be cached for less than a key is published before it signs', () => {
    expect(keyRing({ ephemeral: true }).cacheControl).toBe('public, max-age=600');
    createRing(file, newRing(START, 'EdDSA', { publishAhead: 300 }));
    expect(keyRing({ file }, clock).cacheControl).toBe('public, max-age=150');
  });

  it.each<[unknown, string]>([
    [undefined, 'option.invalid keyRing'],
    [{}, 'option.conflict keyRing'],
    [{ path: 'x' }, 'option.unknown keyRing.path'],
    [{ file: 'x', env: 'X' }, 'option.conflict keyRing'],
    [{ file: undefined }, 'option.missing keyRing.file'],
    [{ env: undefined }, 'option.missing keyRing.env'],
    [{ file: '' }, 'option.invalid keyRing.file'],
    [{ ephemeral: false }, 'option.invalid keyRing.ephemeral'],
    [{ ephemeral: true, algorithm: 'HS256' }, 'option.invalid keyRing.algorithm'],
    [{ ephemeral: true, create: true }, 'option.conflict keyRing.create'],
    [{ env: 'X', algorithm: 'ES256' }, 'option.conflict keyRing.algorithm'],
    [{ file: 'x', create: 'yes' }, 'option.invalid keyRing.create'],
  ])('refuses %j', (options, code) => {
    expect(codeOf(() => keyRing(options as never))).toBe(code);
  });

  it('in memory is refused in production: every restart would end every session', () => {
    vi.stubEnv('NODE_ENV', 'Production ');
    try {
      expect(codeOf(() => keyRing({ ephemeral: true }))).toBe('option.conflict keyRing.ephemeral');
      expect(codeOf(() => keyRing({ file, create: true }, clock))).toBe('nothing');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('does not go with algorithms', () => {
    const keys = keyRing({ ephemeral: true });
    const options = { issuer: ISSUER, audience: AUDIENCE, keys, algorithms: ['EdDSA'] };
    expect(codeOf(() => resolveAuthentication(options))).toBe('option.conflict authentication.keys');
  });

  it('keeps its private keys out of a log', () => {
    const ring = keyRing({ ephemeral: true });
    expect(JSON.stringify(ring)).not.toMatch(/"d"/);
    expect(existsSync(file)).toBe(false);
  });
});
