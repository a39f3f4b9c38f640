import { createPublicKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import { secretWeakness } from '../../lib/kit/keys/secret-strength.js';
import {
  resolveAuthentication,
  type AuthenticationSettings,
} from '../../lib/pipeline/authentication/authentication.options.js';

const base = { issuer: 'shop', audience: 'shop-api' };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwkOf = (key: KeyObject) => key.export({ format: 'jwk' });
const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;
const secret = randomBytes(32);
const one = ({ issuers }: AuthenticationSettings) => issuers[0];

function errorOf(options: unknown): SecurityConfigError {
  try {
    resolveAuthentication(options);
  } catch (error) {
    if (error instanceof SecurityConfigError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('a wrong authentication option is a boot error that teaches', () => {
  const smallRsa = () => generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const smallExponent = () =>
    generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).publicKey;
  const foreignCurve = () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
  const [a, b] = [
    { ...jwkOf(ec.publicKey), kid: 'a' },
    { ...jwkOf(rsa.publicKey), kid: 'a' },
  ];
  const oct = { kty: 'oct', k: secret.toString('base64url'), kid: 'o' };

  it.each<[string, () => unknown, string, string, RegExp]>([
    ['nothing', () => undefined, 'option.missing', 'authentication', /issuer:/],
    ['no object', () => 'x', 'option.invalid', 'authentication', /write an object/],
    [
      'a misspelt option',
      () => ({ ...base, secret, isuer: 'x' }),
      'option.unknown',
      'authentication.isuer',
      /did you mean authentication.issuer/,
    ],
    ['no issuer', () => ({ audience: 'x', secret }), 'option.missing', 'authentication.issuer', /issuer:/],
    [
      'an empty issuer',
      () => ({ ...base, issuer: '', secret }),
      'option.invalid',
      'authentication.issuer',
      /empty string/,
    ],
    [
      'an http issuer',
      () => ({ ...base, issuer: 'http://id.example.com', secret }),
      'option.invalid',
      'authentication.issuer',
      /not https/,
    ],
    [
      'a name that cannot be discovered',
      () => base,
      'option.invalid',
      'authentication.issuer',
      /cannot be discovered[\s\S]*secret, keys or jwksUri/,
    ],
    [
      'an http issuer to discover',
      () => ({ ...base, issuer: 'http://127.0.0.1.example.com' }),
      'option.invalid',
      'authentication.issuer',
      /not https/,
    ],
    [
      'an issuer with a query',
      () => ({ ...base, issuer: 'https://id.example.com/?a' }),
      'option.invalid',
      'authentication.issuer',
      /query/,
    ],
    [
      'no audience',
      () => ({ issuer: 'x', secret }),
      'option.missing',
      'authentication.audience',
      /any other API/,
    ],
    [
      'an empty audience',
      () => ({ ...base, audience: [], secret }),
      'option.invalid',
      'authentication.audience',
      /list/,
    ],
    [
      'an audience with a hole',
      () => ({ ...base, audience: ['a', ''], secret }),
      'option.invalid',
      'authentication.audience',
      /list/,
    ],
    [
      'two key sources',
      () => ({ ...base, secret, jwksUri: 'https://id.example.com/jwks' }),
      'option.conflict',
      'authentication',
      /secret and jwksUri/,
    ],
    [
      'an unset secret',
      () => ({ ...base, issuer: 'https://id.example.com', secret: undefined }),
      'option.missing',
      'authentication.secret',
      /is undefined/,
    ],
    ['unset keys', () => ({ ...base, keys: null }), 'option.missing', 'authentication.keys', /is null/],
    [
      'a short secret',
      () => ({ ...base, secret: randomBytes(31) }),
      'option.invalid',
      'authentication.secret',
      /31 bytes long; 32[\s\S]*randomBytes/,
    ],
    [
      'a short secret for HS512',
      () => ({ ...base, secret: randomBytes(63), algorithms: ['HS512'] }),
      'option.invalid',
      'authentication.secret',
      /64 are needed/,
    ],
    [
      'an empty secret',
      () => ({ ...base, secret: '' }),
      'option.invalid',
      'authentication.secret',
      /0 bytes/,
    ],
    [
      'a padded secret',
      () => ({ ...base, secret: 'secret'.padEnd(32, '0') }),
      'option.invalid',
      'authentication.secret',
      /guessed/,
    ],
    [
      'a secret of the wrong type',
      () => ({ ...base, secret: 42 }),
      'option.invalid',
      'authentication.secret',
      /string or a Buffer/,
    ],
    [
      'none',
      () => ({ ...base, secret, algorithms: ['none'] }),
      'option.invalid',
      'authentication.algorithms',
      /anybody could write/,
    ],
    [
      'None',
      () => ({ ...base, keys: pemOf(ec.publicKey), algorithms: ['ES256', 'None'] }),
      'option.invalid',
      'authentication.algorithms',
      /anybody/,
    ],
    [
      'an unknown algorithm',
      () => ({ ...base, secret, algorithms: ['rs256'] }),
      'option.invalid',
      'authentication.algorithms',
      /did you mean 'RS256'/,
    ],
    [
      'no algorithm',
      () => ({ ...base, secret, algorithms: [] }),
      'option.invalid',
      'authentication.algorithms',
      /list/,
    ],
    [
      'both kinds of algorithms',
      () => ({ ...base, secret, algorithms: ['HS256', 'RS256'] }),
      'option.conflict',
      'authentication.algorithms',
      /mixes/,
    ],
    [
      'RS256 with a secret',
      () => ({ ...base, secret, algorithms: ['RS256'] }),
      'option.conflict',
      'authentication.algorithms',
      /beside a secret/,
    ],
    [
      'HS256 with a PEM',
      () => ({ ...base, keys: pemOf(rsa.publicKey), algorithms: ['HS256'] }),
      'option.invalid',
      'authentication.keys',
      /fits none/,
    ],
    [
      'HS256 with discovery',
      () => ({ ...base, issuer: 'https://id.example.com', algorithms: ['HS256'] }),
      'option.conflict',
      'authentication.algorithms',
      /published/,
    ],
    [
      'ES256 with an RSA key',
      () => ({ ...base, keys: [pemOf(rsa.publicKey)], algorithms: ['ES256'] }),
      'option.invalid',
      'authentication.keys',
      /RS256/,
    ],
    [
      'an RSA key of 1024 bits',
      () => ({ ...base, keys: pemOf(smallRsa()) }),
      'option.invalid',
      'authentication.keys',
      /1024 bits/,
    ],
    [
      'an RSA JWK of 1024 bits, second',
      () => ({ ...base, keys: [a, jwkOf(smallRsa())] }),
      'option.invalid',
      'authentication.keys[1]',
      /1024 bits/,
    ],
    [
      'an RSA exponent of 3',
      () => ({ ...base, keys: pemOf(smallExponent()) }),
      'option.invalid',
      'authentication.keys',
      /65537/,
    ],
    [
      'a curve of no algorithm',
      () => ({ ...base, keys: pemOf(foreignCurve()) }),
      'option.invalid',
      'authentication.keys',
      /fits none/,
    ],
    [
      'an X25519 key',
      () => ({ ...base, keys: pemOf(generateKeyPairSync('x25519').publicKey) }),
      'option.invalid',
      'authentication.keys',
      /fits none/,
    ],
    ['one kid twice', () => ({ ...base, keys: [a, b] }), 'option.conflict', 'authentication.keys', /one kid/],
    [
      'a secret beside a public key',
      () => ({ ...base, keys: [oct, a] }),
      'option.conflict',
      'authentication.keys',
      /mixes/,
    ],
    [
      'a weak oct key',
      () => ({ ...base, keys: { kty: 'oct', k: Buffer.alloc(32).toString('base64url') } }),
      'option.invalid',
      'authentication.keys',
      /1 different/,
    ],
    [
      'a JWK for encryption',
      () => ({ ...base, keys: { ...a, use: 'enc' } }),
      'option.invalid',
      'authentication.keys',
      /use/,
    ],
    [
      'a JWK that may not verify',
      () => ({ ...base, keys: { ...a, key_ops: ['encrypt'] } }),
      'option.invalid',
      'authentication.keys',
      /key_ops/,
    ],
    [
      'a JWK of another alg',
      () => ({ ...base, keys: { ...a, alg: 'RS256' } }),
      'option.invalid',
      'authentication.keys',
      /ES256/,
    ],
    [
      'a JWK of alg none',
      () => ({ ...base, keys: { ...a, alg: 'none' } }),
      'option.invalid',
      'authentication.keys',
      /alg/,
    ],
    [
      'a JWK with a number as kid',
      () => ({ ...base, keys: { ...a, kid: 1 } }),
      'option.invalid',
      'authentication.keys',
      /kid/,
    ],
    [
      'a JWK of nothing',
      () => ({ ...base, keys: { kty: 'EC' } }),
      'option.invalid',
      'authentication.keys',
      /no key/,
    ],
    ['no key', () => ({ ...base, keys: [] }), 'option.invalid', 'authentication.keys', /empty list/],
    [
      'a number as key',
      () => ({ ...base, keys: [1] }),
      'option.invalid',
      'authentication.keys',
      /PEM text or a JWK/,
    ],
    [
      'a PEM with lost line breaks',
      () => ({ ...base, keys: pemOf(rsa.publicKey).replaceAll('\n', '\\n') }),
      'option.invalid',
      'authentication.keys',
      /line breaks/,
    ],
    [
      'two PEMs in one text',
      () => ({ ...base, keys: pemOf(rsa.publicKey) + pemOf(ec.publicKey) }),
      'option.invalid',
      'authentication.keys',
      /several/,
    ],
    [
      'an http jwksUri',
      () => ({ ...base, jwksUri: 'http://id.example.com/jwks' }),
      'option.invalid',
      'authentication.jwksUri',
      /not https/,
    ],
    [
      'a jwksUri with a password',
      () => ({ ...base, jwksUri: 'https://a:b@id.example.com/jwks' }),
      'option.invalid',
      'authentication.jwksUri',
      /password/,
    ],
    [
      'no URL as jwksUri',
      () => ({ ...base, jwksUri: 'jwks' }),
      'option.invalid',
      'authentication.jwksUri',
      /no URL/,
    ],
    [
      'an unknown profile',
      () => ({ ...base, secret, profile: 'oidc' }),
      'option.invalid',
      'authentication.profile',
      /oidc-compat/,
    ],
    [
      'a tolerance of an hour',
      () => ({ ...base, secret, clockTolerance: 3600 }),
      'option.invalid',
      'authentication.clockTolerance',
      /300/,
    ],
    [
      'a life without end',
      () => ({ ...base, secret, maxTtl: Infinity }),
      'option.invalid',
      'authentication.maxTtl',
      /whole number/,
    ],
    [
      'a realm with a quote',
      () => ({ ...base, secret, realm: 'a"b' }),
      'option.invalid',
      'authentication.realm',
      /ASCII/,
    ],
    [
      'a realm with a line break',
      () => ({ ...base, secret, realm: 'a\r\nX: y' }),
      'option.invalid',
      'authentication.realm',
      /ASCII/,
    ],
    [
      'a cache without bound',
      () => ({ ...base, secret, tokenCache: { max: Infinity } }),
      'option.invalid',
      'authentication.tokenCache.max',
      /whole number/,
    ],
    [
      'a cache: true',
      () => ({ ...base, secret, tokenCache: true }),
      'option.invalid',
      'authentication.tokenCache',
      /object/,
    ],
    [
      'an empty claim path',
      () => ({ ...base, secret, rolesClaim: [] }),
      'option.invalid',
      'authentication.rolesClaim',
      /realm_access/,
    ],
  ])('%s', (_name, options, code, path, words) => {
    const error = errorOf(options());
    expect([error.code, error.path]).toEqual([code, path]);
    expect(error.message).toMatch(words);
  });
});

describe('a secret is in no message', () => {
  it.each<[string, (value: never) => object]>([
    ['secret', (value) => ({ ...base, secret: value })],
    ['keys', (value) => ({ ...base, keys: value })],
    ['keys[1]', (value) => ({ ...base, keys: [pemOf(ec.publicKey), value] })],
    ['introspection', (value) => ({ ...base, introspection: value })],
    [
      'clientSecret',
      (value) => ({
        ...base,
        introspection: { endpoint: 'https://id.example.com/x', clientId: 'a', clientSecret: value },
      }),
    ],
    [
      'nonceSecret',
      (value) => ({ ...base, secret, dpop: { publicUrl: 'https://api.example.com', nonceSecret: value } }),
    ],
  ])('of whatever type: %s', (_name, options) => {
    for (const value of [
      'correct-horse\n',
      1234567890123,
      998877665544n,
      [1234567890123],
      { k: 1234567890123 },
    ])
      expect(errorOf(options(value as never)).message).not.toMatch(
        /1234567890123|998877665544|correct-horse/,
      );
  });
});

describe('what is right', () => {
  it('has tokens of 15 minutes for own keys, of a day for published ones', () => {
    expect(one(resolveAuthentication({ ...base, secret })).maxTtl).toBe(900);
    expect(one(resolveAuthentication({ ...base, keys: pemOf(ec.publicKey) })).maxTtl).toBe(900);
    expect(one(resolveAuthentication({ ...base, jwksUri: 'https://id.example.com/jwks' })).maxTtl).toBe(
      86_400,
    );
    expect(one(resolveAuthentication({ ...base, issuer: 'https://id.example.com/' })).maxTtl).toBe(86_400);
  });

  it.each([
    ['http on the loopback address', { ...base, issuer: 'http://127.0.0.1:9000' }],
    ['http on localhost', { ...base, issuer: 'http://localhost:9000/realms/a' }],
    ['a secret as text', { ...base, secret: secret.toString('base64') }],
    ['a PEM', { ...base, keys: pemOf(rsa.publicKey) }],
    ['a PKCS#1 PEM', { ...base, keys: rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }) }],
    ['a private PEM', { ...base, keys: ec.privateKey.export({ type: 'pkcs8', format: 'pem' }) }],
    ['a JWK', { ...base, keys: jwkOf(ec.publicKey) }],
    ['a JWK set', { ...base, keys: { keys: [jwkOf(ec.publicKey), jwkOf(rsa.publicKey)] } }],
    ['both kinds of key pairs, as PEM', { ...base, keys: [pemOf(ec.publicKey), pemOf(rsa.publicKey)] }],
    [
      'a private JWK',
      { ...base, keys: { ...jwkOf(ec.privateKey), key_ops: ['sign'], use: 'sig', kid: 'a' } },
    ],
    [
      'two secrets with names',
      {
        ...base,
        keys: ['a', 'b'].map((kid) => ({ kty: 'oct', kid, k: randomBytes(32).toString('base64url') })),
      },
    ],
  ])('%s', (_name, options) => {
    expect(() => resolveAuthentication(options)).not.toThrow();
  });

  it('pins the algorithms that the keys have', () => {
    const algorithmsOf = (options: object) => [
      ...one(resolveAuthentication({ ...base, ...options })).algorithms,
    ];
    expect(algorithmsOf({ secret })).toEqual(['HS256']);
    expect(algorithmsOf({ keys: pemOf(rsa.publicKey) })).toEqual(['RS256']);
    expect(algorithmsOf({ keys: [pemOf(ec.publicKey), pemOf(rsa.publicKey)] })).toEqual(['ES256', 'RS256']);
    expect(
      algorithmsOf({ jwksUri: 'https://id.example.com/jwks' }).some((name) => name.startsWith('HS')),
    ).toBe(false);
  });
});

describe('secrets and private keys', () => {
  const privateJwk = jwkOf(rsa.privateKey);

  it('are in no setting', () => {
    const text = 'correct-horse/battery+staple=9Zq4';
    const shown = [
      { secret: text },
      { keys: privateJwk },
      { keys: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) },
    ].map((trust) => {
      const settings = resolveAuthentication({ ...base, ...trust });
      const kept = one(settings).keys.current()!.keys[0]!.key;
      expect(kept.type).not.toBe('private');
      return inspect(settings, { depth: 9, showHidden: true }) + JSON.stringify(settings);
    });
    for (const leak of [text, privateJwk.d!, privateJwk.p!]) expect(shown.join('')).not.toContain(leak);
  });

  it('are in no message', () => {
    const leaks = [
      { secret: 'hunter2' },
      { secret: 'my-super-secret-jwt-key-for-production' },
      { keys: 'hunter2-is-no-pem' },
      { keys: { ...privateJwk, use: 'enc' } },
      { keys: { kty: 'oct', k: 'aHVudGVyMg' } },
      { secret, profile: 'hunter2' },
    ].map((trust) => errorOf({ ...base, ...trust }).message);
    expect(leaks.join('')).not.toMatch(/hunter2|super-secret|aHVudGVyMg/);
    expect(leaks.join('')).not.toContain(privateJwk.d);
  });

  it.each([
    'your-256-bit-secret-your-256-bit-secret',
    'a-string-secret-at-least-256-bits-long',
    'my-super-secret-jwt-key-for-production',
    'changemechangemechangemechangeme123',
    'secret1234567890secret1234567890',
    'abcdefghijklmnopqrstuvwxyz0123456789',
    '00000000000000000000000000000000',
    'this-is-my-very-long-secret-key-1234567890',
  ])('%s can be guessed', (text) => {
    expect(secretWeakness(Buffer.from(text), 32)).toBeDefined();
  });

  it('no random secret is taken for a weak one, however it is written', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 1 }),
        fc.constantFrom('hex', 'base64', 'base64url', 'latin1'),
        (_seed, form) => {
          for (const length of [32, 64]) {
            const text = Buffer.from(
              randomBytes(length).toString(form),
              form === 'latin1' ? 'latin1' : 'utf8',
            );
            expect(secretWeakness(text, 32)).toBeUndefined();
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

it('takes the public half of a private key', () => {
  const settings = resolveAuthentication({ ...base, keys: jwkOf(ec.privateKey) });
  expect(one(settings).keys.current()!.keys[0]!.key.equals(createPublicKey(ec.privateKey))).toBe(true);
});
