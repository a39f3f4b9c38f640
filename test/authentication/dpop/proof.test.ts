import { EmbeddedJWK, jwtVerify, SignJWT } from 'jose';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkProof, type ProofTarget } from '../../../lib/pipeline/authentication/dpop/proof.js';
import { resolveDpop } from '../../../lib/pipeline/authentication/dpop/dpop.options.js';
import { hostileProofs } from './hostile-proofs.js';
import { hashOf, newProofKey, ProofForge, PUBLIC_URL, type ProofKey } from './proof-forge.js';

const rules = resolveDpop({ publicUrl: PUBLIC_URL })!;
const token = 'a.b.c';
const ALGORITHMS = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'];

function targetOf(key: ProofKey, changes: Partial<ProofTarget> = {}): ProofTarget {
  const now = Date.now() / 1000;
  return { method: 'GET', path: '/orders', token, thumbprint: key.thumbprint, now, ...changes };
}

describe.each(ALGORITHMS)('proofs of %s', (algorithm) => {
  let key: ProofKey;
  beforeAll(async () => void (key = await newProofKey(algorithm)));

  it('one that jose made counts, and has an id of its own', async () => {
    const made = async () =>
      new SignJWT({ htm: 'GET', htu: `${PUBLIC_URL}/orders`, jti: randomUUID(), ath: hashOf(token) })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: algorithm, jwk: key.jwk })
        .setIssuedAt()
        .sign(key.privateKey);
    const proofs = await Promise.all([made(), made()]);
    const checked = proofs.map((proof) => checkProof(proof, targetOf(key), rules));
    expect(checked).toEqual([{ id: expect.stringMatching(/^[\w-]{43}$/) }, { id: expect.any(String) }]);
    expect(new Set(checked.map((each) => (each as { id: string }).id)).size).toBe(2);
  });

  it('jose accepts what counts, and none of the hostile ones counts', async () => {
    const forge = new ProofForge(key, token);
    const good = forge.proof();
    expect(checkProof(good, targetOf(key), rules)).toHaveProperty('id');
    expect((await jwtVerify(good, EmbeddedJWK, { typ: 'dpop+jwt' })).payload['htm']).toBe('GET');
    const issuerKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const hostile = await hostileProofs({
      token,
      key,
      otherToken: 'x.y.z',
      unbound: 'u.n.b',
      issuerKey,
      method: 'GET',
      url: `${PUBLIC_URL}/orders`,
    });
    const alone = hostile.filter(({ proofs, authorization }) => proofs.length === 1 && !authorization);
    expect(alone.length).toBeGreaterThan(150);
    const accepted = alone.filter(({ proofs }) => 'id' in checkProof(proofs[0]!, targetOf(key), rules));
    expect(accepted.map(({ name }) => name)).toEqual([]);
    expect(checkProof(good, targetOf(key), rules)).toHaveProperty('id');
  });
});

it('the proof of RFC 9449 §7.1 counts for its request', () => {
  const proof = [
    'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19',
    'eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9',
    '2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA',
  ].join('.');
  const target = {
    method: 'GET',
    path: '/protectedresource',
    token: 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU',
    thumbprint: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I',
    now: 1_562_262_618,
  };
  const there = resolveDpop({ publicUrl: 'https://resource.example.org' })!;
  expect(checkProof(proof, target, there)).toHaveProperty('id');
  expect(checkProof(proof, target, rules)).toHaveProperty('fault');
});

describe('why a proof is refused', () => {
  let forge: ProofForge;
  beforeAll(async () => void (forge = new ProofForge(await newProofKey('ES256'), token)));

  it('is the one thing that is wrong with it', async () => {
    const { key } = forge;
    const hostile = await hostileProofs({
      token,
      key,
      otherToken: 'x.y.z',
      unbound: 'u.n.b',
      issuerKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey,
      method: 'GET',
      url: `${PUBLIC_URL}/orders`,
    });
    const faults = new Map(
      hostile
        .filter(({ proofs }) => proofs.length === 1)
        .map(({ name, proofs }) => [name, checkProof(proofs[0]!, targetOf(key), rules)]),
    );
    const expected: Record<string, RegExp> = {
      'key: another, whole': /another key/,
      'key: another signs, ours stands in it': /not signed/,
      "key: the issuer's stands in it": /another key/,
      'key: private': /no public key/,
      'key: for encryption': /not for signatures/,
      'key: RSA 1024': /another key/,
      'alg: HS256 by the public key': /algorithm/,
      'alg: "none"': /algorithm/,
      'typ: "at+jwt"': /typ/,
      'header: crit': /parameter crit/,
      'header: typ twice': /canonical/,
      'htm: "get"': /htm/,
      'htu: "https://api.example.com/other"': /htu/,
      'ath: of another token': /ath/,
      'iat: old': /iat/,
      'iat: future': /iat/,
      'exp: past': /exp/,
      'nbf: future': /nbf/,
      'jti: "xxxxxxxxxxxxxxxxxxx of 259': /jti/,
      'form: padded signature': /canonical/,
      'form: huge': /too long/,
      'signature: one bit flipped': /not signed/,
    };
    for (const [name, fault] of Object.entries(expected))
      expect((faults.get(name) as { fault: string }).fault, name).toMatch(fault);
    // A stranger's proof is told from a broken one: it is the token that is in the wrong hands.
    expect(faults.get('key: another, whole')).toHaveProperty('foreign', true);
  });

  it('never quotes the proof', async () => {
    const marked = forge.proof(
      forge.header({ 'x-mark': 'mark' }),
      forge.claims({ htm: 'mark', jti: 'mark' }),
    );
    expect(JSON.stringify(checkProof(marked, targetOf(forge.key), rules))).not.toContain('mark');
  });
});

describe('the edges of what counts', () => {
  let forge: ProofForge;
  beforeAll(async () => void (forge = new ProofForge(await newProofKey('ES256'), token)));
  const counts = (proof: string, changes: Partial<ProofTarget> = {}, changed = rules) =>
    'id' in checkProof(proof, targetOf(forge.key, changes), changed);

  it('a proof counts for its window to either side, and a second later no more', () => {
    const proof = forge.claiming({ iat: 1000 });
    const at = (now: number) => counts(proof, { now });
    expect([939.9, 940, 1000, 1060, 1060.1].map(at)).toEqual([false, true, true, true, false]);
    expect(counts(proof, { now: 1011 }, { ...rules, window: 10 })).toBe(false);
  });

  it('an algorithm that is not taken does not count, however good the proof', () => {
    expect(counts(forge.proof(), {}, { ...rules, algorithms: ['EdDSA', 'Ed25519'] })).toBe(false);
    expect(counts(forge.proof(), {}, { ...rules, algorithms: ['ES256'] })).toBe(true);
  });

  it('jti, exp and nbf at their bounds', () => {
    expect(counts(forge.claiming({ jti: 'x'.repeat(256), exp: forge.now + 60, nbf: forge.now }))).toBe(true);
  });

  it('a kid beside the key, and members of the key that mean nothing, are no matter', async () => {
    const { key } = forge;
    expect(counts(forge.headed({ kid: 'a' }))).toBe(true);
    const jwk = { y: key.jwk.y, x: key.jwk.x, kty: key.jwk.kty, crv: key.jwk.crv, use: 'sig', ext: true };
    expect(counts(forge.headed({ jwk }))).toBe(true);
    expect(counts(forge.headed({ jwk: { ...jwk, key_ops: ['verify'], alg: 'ES256' } }))).toBe(true);
  });

  it('one key and one jti have one id, whatever else is in the proof', () => {
    const idOf = (claims: object) => checkProof(forge.claiming(claims), targetOf(forge.key), rules);
    expect(idOf({ jti: 'same', iat: forge.now - 1 })).toEqual(idOf({ jti: 'same', more: 1 }));
    expect(idOf({ jti: 'same' })).not.toEqual(idOf({ jti: 'other' }));
  });

  it.each([
    ['https://api.example.com/orders?page=1#top', '/orders'],
    ['https://api.example.com/orders', '/orders?page=2'],
    ['HTTPS://API.example.com:443/orders', '/orders'],
    ['https://api.example.com/x/../orders', '/orders'],
    ['https://api.example.com/a%7eb%c3%a9', '/a~b%C3%A9'],
    ['https://api.example.com', '/'],
    ['https://api.example.com/', '/'],
    ['https://api.example.com/{id}', '/{id}'],
    ['https://api.example.com/%7Bid%7D', '/{id}'],
  ])('%s is %s', (htu, path) => expect(counts(forge.claiming({ htu }), { path })).toBe(true));

  it.each([
    ['https://api.example.com/a%2Fb', '/a/b'],
    ['https://api.example.com/a%252Fb', '/a%2Fb'],
    ['https://api.example.com/orders', '//orders'],
    ['https://api.example.com/orders', 'https://api.example.com/orders'],
    ['https://api.example.com/orders', '*'],
    ['https://api.example.com/orders', ''],
  ])('%s is not %s', (htu, path) => expect(counts(forge.claiming({ htu }), { path })).toBe(false));

  it('several public URLs, and one with a path that a proxy takes away', () => {
    const changed = resolveDpop({ publicUrl: ['https://a.example/', 'https://b.example:8443/shop/'] })!;
    const by = (htu: string) => counts(forge.claiming({ htu }), {}, changed);
    expect(by('https://a.example/orders')).toBe(true);
    expect(by('https://b.example:8443/shop/orders')).toBe(true);
    expect(by('https://b.example:8443/orders')).toBe(false);
    expect(by('https://b.example/shop/orders')).toBe(false);
    expect(by('https://a.example/shop/orders')).toBe(false);
  });
});
