import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAuthorization, readBearer } from '../../lib/pipeline/authentication/bearer.js';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenDenials } from '../../lib/pipeline/authentication/token-denials.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newMaterial } from './forge.js';
import { identify } from './identify.js';

const denials = new TokenDenials('api');
const read = (...rawHeaders: string[]) => {
  const value = readAuthorization(rawHeaders, denials);
  return typeof value === 'string' ? readBearer(value, 64, denials) : value;
};
const reasonOf = (...rawHeaders: string[]) => {
  const bearer = read(...rawHeaders);
  return 'denial' in bearer ? bearer.denial.reason : bearer.token;
};

describe('the Authorization header', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER a.b-c_d~e+f/g==', 'a.b-c_d~e+f/g=='],
    ['', 'token.scheme'],
    ['Basic abc', 'token.scheme'],
    ['Bearerabc', 'token.scheme'],
    ['Bearer', 'token.malformed'],
    ['Bearer ', 'token.malformed'],
    ['Bearer  abc', 'token.malformed'],
    ['Bearer\tabc', 'token.malformed'],
    ['Bearer abc ', 'token.malformed'],
    ['Bearer abc\n', 'token.malformed'],
    ['Bearer abc def', 'token.malformed'],
    ['Bearer a=b', 'token.malformed'],
    [' Bearer abc', 'token.scheme'],
    [`Bearer ${'a'.repeat(64)}`, 'a'.repeat(64)],
    [`Bearer ${'a'.repeat(65)}`, 'token.too-large'],
  ])('%j is %s', (value, expected) => {
    expect(reasonOf('Authorization', value)).toBe(expected);
  });

  it('is one header, by any spelling of its name, and no other header counts', () => {
    expect(reasonOf('AUTHORIZATION', 'Bearer abc')).toBe('abc');
    expect(reasonOf('Authorization', 'Bearer abc', 'authorization', 'Bearer abc')).toBe('token.malformed');
    expect(
      reasonOf('Proxy-Authorization', 'Bearer abc', 'X-Access-Token', 'abc', 'Cookie', 'access_token=abc'),
    ).toBe('token.missing');
    // A value that reads like a name.
    expect(reasonOf('X-Name', 'authorization', 'X-Other', 'Bearer abc')).toBe('token.missing');
    expect(reasonOf()).toBe('token.missing');
  });
});

describe('whatever is sent as Authorization', () => {
  const { material, options } = newMaterial('HS256');
  const verifier = new TokenVerifier(resolveAuthentication(options));
  const token = new Forge(material).claiming({});
  const pieces = fc.constantFrom(
    'Bearer',
    'bearer',
    ' ',
    '  ',
    '\t',
    '.',
    ',',
    '=',
    '"',
    '\u0000',
    'é',
    ...token.split('.'),
    'eyJhbGciOiJub25lIn0',
    'e30',
  );
  const composed = fc
    .array(fc.oneof(pieces, fc.string({ maxLength: 8 })), { maxLength: 12 })
    .map((parts) => parts.join(''));
  const cut = fc
    .tuple(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }), fc.nat(2))
    .map(([at, text, removed]) => `Bearer ${token.slice(0, at)}${text}${token.slice(at + removed)}`);
  const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), composed, cut);

  it('is answered without an exception, and gets in only as the good token itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anything, fc.array(anything, { maxLength: 3 })), async (authorization) => {
        const values = Array.isArray(authorization) ? authorization : [authorization];
        const verdict = await identify(verifier, values);
        const good =
          values.length === 1 &&
          values[0]!.toLowerCase().startsWith('bearer ') &&
          values[0]!.slice(7) === token;
        expect('principal' in verdict).toBe(good);
      }),
      { numRuns: 2000, examples: [[`Bearer ${token}`], [`bEaReR ${token}`]] },
    );
  });
});
