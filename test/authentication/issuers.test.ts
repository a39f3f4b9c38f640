import { createPublicKey, type KeyObject } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import { RequestFacts } from '../../lib/core/request-facts.js';
import type { Principal } from '../../lib/core/principal.js';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { StateTrip } from '../../lib/kit/state/state-trip.js';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { Revocation } from '../../lib/pipeline/authentication/revocation.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newKey, SIGNING_ALGORITHMS, type SigningAlgorithm } from './forge.js';
import { controlToken, hostileTokens } from './hostile-tokens.js';
import { identify } from './identify.js';

const AUDIENCE = 'https://api.test';

/** An issuer with a key of its own, under the name `k`, like every other. */
function newIssuer(issuer: string, algorithm: SigningAlgorithm) {
  const signingKey = newKey(algorithm);
  const material = { issuer, audience: AUDIENCE, algorithm, signingKey, kid: 'k' };
  const trust = algorithm === 'HS256' ? { secret: signingKey.export() as Buffer } : { keys: jwk(signingKey) };
  return { forge: new Forge(material), material, options: { issuer, audience: AUDIENCE, ...trust } };
}

const jwk = (key: KeyObject) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid: 'k' });

const shop = newIssuer('shop', 'HS256');
const [one, two] = [newIssuer('https://one.test/', 'ES256'), newIssuer('https://two.test/', 'ES256')];
const rsa = newIssuer('https://rsa.test', 'RS256');
const all = [shop.options, one.options, two.options, rsa.options];

const verifierOf = (issuers: readonly object[], common: object = {}) =>
  new TokenVerifier(resolveAuthentication({ issuers, ...common }));

async function outcome(verifier: TokenVerifier, token: string): Promise<string> {
  const verdict = await verifier.verify(token);
  return 'denial' in verdict ? verdict.denial.reason : verdict.principal.id;
}

describe('several issuers', () => {
  it('each have their own tokens, and principals of one subject are different ones', async () => {
    const verifier = verifierOf(all);
    const ids = await Promise.all(
      [shop, one, two, rsa].map(({ forge }) => outcome(verifier, forge.claiming({}))),
    );
    expect(ids).toEqual([
      'shop|alice',
      'https://one.test/|alice',
      'https://two.test/|alice',
      'https://rsa.test|alice',
    ]);
    const verdict = await verifier.verify(one.forge.claiming({}));
    expect(verdict).toMatchObject({ principal: { claims: { iss: 'https://one.test/', sub: 'alice' } } });
  });

  it('are chosen by the exact iss, and nobody else is asked', async () => {
    const verifier = verifierOf(all);
    const others = [
      'https://one.test',
      'https://ONE.test/',
      'https://one.test//',
      'shop ',
      '',
      undefined,
      1,
      null,
    ];
    const hostile = [...others, ['https://one.test/'], { toString: 'shop' }, '__proto__', 'constructor'];
    for (const iss of hostile) {
      expect(await outcome(verifier, one.forge.claiming({ iss })), JSON.stringify(iss)).toBe('token.issuer');
    }
  });

  it('never vouch for one another: every pair, every algorithm', async () => {
    const verifier = verifierOf(all);
    for (const signer of [shop, one, two, rsa]) {
      for (const named of [shop, one, two, rsa]) {
        const token = signer.forge.claiming({ iss: named.material.issuer });
        const expected =
          signer === named
            ? `${named.material.issuer}|alice`
            : signer.material.algorithm === named.material.algorithm
              ? 'token.signature'
              : 'token.algorithm';
        expect(await outcome(verifier, token)).toBe(expected);
      }
    }
  });

  it('a public key of one is no secret of another', async () => {
    const verifier = verifierOf(all);
    const pem = createPublicKey(rsa.material.signingKey).export({ type: 'spki', format: 'pem' });
    const { forge } = rsa;
    for (const iss of ['shop', 'https://rsa.test']) {
      const token = forge.token(forge.header({ alg: 'HS256' }), forge.claims({ iss }), 'HS256', pem);
      expect(await outcome(verifier, token)).toMatch(/^token\.(signature|algorithm)$/);
    }
  });

  it('each have their own audience, profile, life and claims', async () => {
    const verifier = verifierOf([
      { ...one.options, audience: 'one-api', maxTtl: 60 },
      { ...two.options, profile: 'oidc-compat', rolesClaim: ['realm', 'roles'], maxTtl: 600 },
    ]);
    const plain = (forge: Forge, claims: object) =>
      forge.token(forge.header({ typ: 'JWT' }), forge.claims(claims));
    expect(await outcome(verifier, one.forge.claiming({ exp: one.forge.now + 60 }))).toBe('token.audience');
    expect(await outcome(verifier, two.forge.claiming({ aud: 'one-api' }))).toBe('token.audience');
    const ours = { aud: 'one-api', exp: one.forge.now + 60 };
    expect(await outcome(verifier, one.forge.claiming(ours))).toBe('https://one.test/|alice');
    expect(await outcome(verifier, one.forge.claiming({ aud: 'one-api' }))).toBe('token.lifetime');
    expect(await outcome(verifier, two.forge.claiming({}))).toBe('https://two.test/|alice');
    expect(await outcome(verifier, plain(one.forge, ours))).toBe('token.type');
    const verdict = await verifier.verify(plain(two.forge, { realm: { roles: ['boss'] }, roles: ['none'] }));
    expect(verdict).toMatchObject({ principal: { roles: ['boss'] } });
  });

  it('share no memory: what the header of one may be, that of another may not', async () => {
    const verifier = verifierOf([{ ...two.options, profile: 'oidc-compat' }, one.options]);
    const plain = ({ forge }: typeof one) => forge.token(forge.header({ typ: 'JWT' }), forge.claims());
    // The very same text of a header, known to be good from the first.
    expect(await outcome(verifier, plain(two))).toBe('https://two.test/|alice');
    expect(plain(one).split('.')[0]).toBe(plain(two).split('.')[0]);
    expect(await outcome(verifier, plain(one))).toBe('token.type');
  });

  it('are known again by the whole token', async () => {
    const verifier = verifierOf([one.options, two.options]);
    const tokens = [one.forge.claiming({}), two.forge.claiming({})];
    for (const token of tokens) await verifier.verify(token);
    expect(tokens.map((token) => verifier.recall(token)?.id)).toEqual([
      'https://one.test/|alice',
      'https://two.test/|alice',
    ]);
  });

  it('make ids of which no two are equal', () => {
    const text = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(text, text, text, text, (issA, issB, subA, subB) => {
        fc.pre(issA !== issB);
        try {
          const issuers = [one.options, two.options].map((options, i) => ({
            ...options,
            issuer: [issA, issB][i],
          }));
          const [a, b] = resolveAuthentication({ issuers }).issuers;
          expect(a.idPrefix + subA).not.toBe(b!.idPrefix + subB);
        } catch (error) {
          if (!(error instanceof SecurityConfigError)) throw error;
        }
      }),
    );
  });

  it('answer any text and any claims with a refusal of this room', () => {
    const verifier = verifierOf(all);
    const encoded = (value: fc.Arbitrary<unknown>) =>
      value.map((inner) => Buffer.from(JSON.stringify(inner) ?? '').toString('base64url'));
    const iss = fc.constantFrom('shop', 'https://one.test/', 'https://rsa.test', '__proto__', '');
    const claims = fc.record({ iss: fc.oneof(iss, fc.jsonValue()), sub: fc.string(), exp: fc.double() });
    const header = fc.record({
      alg: fc.constantFrom('HS256', 'ES256', 'RS256', 'none'),
      typ: fc.constant('at+jwt'),
    });
    const token = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[A-Za-z0-9._~+/-]{0,80}=*$/),
      fc
        .tuple(
          encoded(fc.oneof(header, fc.jsonValue())),
          encoded(fc.oneof(claims, fc.jsonValue())),
          fc.base64String(),
        )
        .map((parts) => parts.join('.').replaceAll('=', '')),
    );
    fc.assert(
      fc.property(token, (text) => {
        expect(verifier.verify(text)).toMatchObject({
          denial: { reason: expect.stringMatching(/^token\./) as string },
        });
      }),
      { numRuns: 20_000 },
    );
  });

  it('one in the list is as one without a list', async () => {
    expect(await outcome(verifierOf([one.options]), one.forge.claiming({}))).toBe('alice');
    expect(await outcome(verifierOf([one.options]), two.forge.claiming({}))).toBe('token.signature');
  });

  it.each(SIGNING_ALGORITHMS)('let no hostile token in: %s', async (algorithm) => {
    const target = newIssuer('https://target.test', algorithm);
    const verifier = verifierOf([...all, target.options]);
    expect(await identify(verifier, controlToken(target.material))).toHaveProperty('principal');
    for (const { name, authorization } of hostileTokens(target.material)) {
      expect(await identify(verifier, authorization), name).toHaveProperty('denial');
    }
  });
});

describe('what is revoked', () => {
  const settings = resolveAuthentication({ issuers: [one.options, two.options], revocation: true });

  async function principalOf(of: TokenVerifier, { forge }: typeof one, claims: object): Promise<Principal> {
    const verdict = await of.verify(forge.claiming(claims));
    if ('denial' in verdict) throw new Error(verdict.denial.reason);
    return verdict.principal;
  }

  async function isRevoked(
    revocation: Revocation,
    store: ReturnType<typeof memoryState>,
    principal: Principal,
  ) {
    const facts = new RequestFacts('id', 'trace', '127.0.0.1', Date.now());
    facts.ask(revocation.askFor(principal, true));
    return (await new StateTrip(store).run(facts))?.reason === 'token.revoked';
  }

  it.each(['token', 'subject'] as const)(
    'is that of one issuer, whose other has the same jti and sub: a %s',
    async (what) => {
      const store = memoryState();
      const revocation = new Revocation(settings, store, 0);
      const verifier = new TokenVerifier(settings);
      const [a, b] = [
        await principalOf(verifier, one, { jti: 'x' }),
        await principalOf(verifier, two, { jti: 'x' }),
      ];
      await (what === 'token' ? revocation.revokeToken(a) : revocation.revokeSubject(a.id));
      expect([await isRevoked(revocation, store, a), await isRevoked(revocation, store, b)]).toEqual([
        true,
        false,
      ]);
    },
  );

  it.each(['alice', 'https://one.test/', 'https://three.test/|alice'])(
    'is nothing for an id that no principal has, which is said: %s',
    async (id) => {
      const revocation = new Revocation(settings, memoryState(), 0);
      await expect(revocation.revokeSubject(id)).rejects.toThrow(TypeError);
    },
  );

  it.each(['token', 'subject'] as const)('stays revoked when another issuer is added: a %s', async (what) => {
    const store = memoryState();
    const alone = resolveAuthentication({ ...one.options, revocation: true });
    const before = await principalOf(new TokenVerifier(alone), one, { jti: 'x' });
    const earlier = new Revocation(alone, store, 0);
    await (what === 'token' ? earlier.revokeToken(before) : earlier.revokeSubject(before.id));
    const after = await principalOf(new TokenVerifier(settings), one, { jti: 'x' });
    expect([before.id, after.id]).toEqual(['alice', 'https://one.test/|alice']);
    expect(await isRevoked(new Revocation(settings, store, 0), store, after)).toBe(true);
  });
});

describe('a wrong list of issuers is a boot error that teaches', () => {
  it.each<[string, unknown, string, string, RegExp]>([
    ['no list', one.options, 'option.invalid', 'authentication.issuers', /write a list/],
    ['undefined', undefined, 'option.invalid', 'authentication.issuers', /write a list/],
    ['an empty list', [], 'option.invalid', 'authentication.issuers', /no token would count/],
    ['no object', ['https://one.test/'], 'option.invalid', 'authentication.issuers[0]', /an object with/],
    [
      'the same twice',
      [one.options, shop.options, one.options],
      'option.conflict',
      'authentication.issuers[2].issuer',
      /issuers\[0\]/,
    ],
    [
      'no audience',
      [one.options, { issuer: 'x', secret: 'y' }],
      'option.missing',
      'authentication.issuers[1].audience',
      /any other API/,
    ],
    [
      'two sources of keys',
      [{ ...shop.options, keys: [] }],
      'option.conflict',
      'authentication.issuers[0]',
      /secret and keys/,
    ],
    [
      'a common option in one',
      [{ ...one.options, revocation: true }],
      'option.unknown',
      'authentication.issuers[0].revocation',
      /known options/,
    ],
    [
      'a | in a name',
      [one.options, { ...shop.options, issuer: 'a|b' }],
      'option.invalid',
      'authentication.issuers[1].issuer',
      /has a \|/,
    ],
    [
      'a weak secret',
      [{ ...shop.options, secret: 'short' }],
      'option.invalid',
      'authentication.issuers[0].secret',
      /32 are needed/,
    ],
    [
      'one secret for two',
      [shop.options, one.options, { ...shop.options, issuer: 'other' }],
      'option.conflict',
      'authentication.issuers[2]',
      /the secret of issuers\[0\]/,
    ],
    [
      'one secret for two, as a JWK of one',
      [
        shop.options,
        { issuer: 'other', audience: AUDIENCE, keys: shop.material.signingKey.export({ format: 'jwk' }) },
      ],
      'option.conflict',
      'authentication.issuers[1]',
      /the secret of issuers\[0\]/,
    ],
    [
      'none to be found',
      [one.options, { issuer: 'name', audience: 'x' }],
      'option.invalid',
      'authentication.issuers[1].issuer',
      /cannot be discovered/,
    ],
  ])('%s', (_name, issuers, code, path, words) => {
    expect(() => resolveAuthentication({ issuers })).toThrow(
      expect.objectContaining({ code, path, message: expect.stringMatching(words) as string }),
    );
  });

  it('an option of one issuer beside them', () => {
    expect(() => resolveAuthentication({ issuers: all, maxTtl: 60 })).toThrow(
      expect.objectContaining({ code: 'option.conflict', path: 'authentication.maxTtl' }),
    );
  });
});
