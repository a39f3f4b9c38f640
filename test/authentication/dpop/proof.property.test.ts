import * as fc from 'fast-check';
import { EmbeddedJWK, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveDpop } from '../../../lib/pipeline/authentication/dpop/dpop.options.js';
import { checkProof, type ProofTarget } from '../../../lib/pipeline/authentication/dpop/proof.js';
import { isTarget } from '../../../lib/pipeline/authentication/dpop/target-uri.js';
import { newProofKey, ProofForge, PUBLIC_URL, type ProofKey } from './proof-forge.js';

const rules = resolveDpop({ publicUrl: PUBLIC_URL })!;
const token = 'a.b.c';
const RUNS = 20_000;

describe('any text as a proof', () => {
  let forge: ProofForge;
  let target: ProofTarget;
  beforeAll(async () => {
    const key = await newProofKey('ES256');
    forge = new ProofForge(key, token);
    target = { method: 'GET', path: '/orders', token, thumbprint: key.thumbprint, now: Date.now() / 1000 };
  });
  const refused = (proof: string): boolean => 'fault' in checkProof(proof, target, rules);

  it('is refused, without an exception', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'AQe30.=-_ ,{"'.split('')) }),
    );
    fc.assert(fc.property(text, refused), { numRuns: RUNS });
  });

  it('is refused where it is a good proof with something else in one place', () => {
    const good = forge.proof();
    const change = fc.record({
      at: fc.nat(good.length - 1),
      gone: fc.nat(3),
      put: fc.string({ maxLength: 3, unit: fc.constantFrom(...'AQz09.=-_ ,+/\t'.split('')) }),
    });
    const bent = change.map(({ at, gone, put }) => good.slice(0, at) + put + good.slice(at + gone));
    fc.assert(
      fc.property(
        bent.filter((proof) => proof !== good),
        refused,
      ),
      { numRuns: RUNS },
    );
    expect(checkProof(good, target, rules)).toHaveProperty('id');
  });

  it('is refused where header and claims are any JSON, well signed', () => {
    const json = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })),
    );
    fc.assert(
      fc.property(json, json, (header, claims) => refused(forge.proof(header, claims))),
      { numRuns: 2000 },
    );
  });

  it('is refused where one member of a good proof has any other value', () => {
    const header = fc
      .constantFrom('typ', 'alg', 'jwk')
      .chain((name) => fc.jsonValue({ maxDepth: 2 }).map((value) => forge.headed({ [name]: value })));
    const claim = fc
      .constantFrom('htm', 'htu', 'ath')
      .chain((name) => fc.jsonValue({ maxDepth: 2 }).map((value) => forge.claiming({ [name]: value })));
    fc.assert(fc.property(fc.oneof(header, claim), refused), { numRuns: 3000 });
  });
});

describe('jose as the oracle', () => {
  let keys: ProofKey[];
  beforeAll(
    async () => void (keys = await Promise.all(['ES256', 'EdDSA', 'RS256', 'PS256'].map(newProofKey))),
  );

  it('accepts whatever counts', async () => {
    const changes = fc.dictionary(
      fc.constantFrom('typ', 'alg', 'kid', 'jwk', 'crit', 'b64'),
      fc.constantFrom('dpop+jwt', 'ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519', ['exp'], false, 'a'),
      { maxKeys: 1 },
    );
    const claims = fc.dictionary(
      fc.constantFrom('iat', 'exp', 'nbf', 'jti', 'more'),
      fc.oneof(fc.integer({ min: -100, max: 100 }), fc.constant('a')),
      { maxKeys: 2 },
    );
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(3), changes, claims, async (index, header, changed) => {
        const key = keys[index]!;
        const forge = new ProofForge(key, token);
        const times = Object.fromEntries(
          Object.entries(changed).map(([name, value]) => [
            name,
            typeof value === 'number' && name !== 'jti' ? forge.now + value : value,
          ]),
        );
        const proof = forge.proof(forge.header(header), forge.claims(times));
        const now = Date.now() / 1000;
        const target = { method: 'GET', path: '/orders', token, thumbprint: key.thumbprint, now };
        if ('fault' in checkProof(proof, target, rules)) return;
        counted++;
        await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt', maxTokenAge: 61, clockTolerance: 61 });
      }),
      { numRuns: 600 },
    );
    expect(counted).toBeGreaterThan(100);
  });
});

describe('any text as htu', () => {
  it('is no other target, without an exception', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.string({
        unit: fc.constantFrom(
          ...':/?#@[]%.\\ aA0-'.split(''),
          'https://api.example.com',
          '/orders',
          '\t',
          '\n',
        ),
      }),
    );
    fc.assert(
      fc.property(text, (htu) => {
        if (!isTarget(htu, PUBLIC_URL, '/orders')) return;
        const { origin, pathname, username } = new URL(htu);
        expect([origin, pathname, username]).toEqual([PUBLIC_URL, '/orders', '']);
      }),
      { numRuns: RUNS },
    );
  });
});
