import { constants, sign } from 'node:crypto';
import * as fc from 'fast-check';
import { compactVerify, errors } from 'jose';
import { describe, expect, it } from 'vitest';
import { namesOf, type Algorithm } from '../../lib/kit/keys/algorithm.js';
import { isSignedBy } from '../../lib/kit/keys/signature.js';
import { BENDS, FAMILY_BENDS, type Bend } from './bent-signatures.js';
import { encode, signatureOf } from './forge.js';
import { ALL_ALGORITHMS, newPairs, type SigningPair } from './signing.js';

const pairs = newPairs();
const pairsOf = (algorithm: Algorithm) =>
  pairs.filter(({ verification }) => verification.algorithms.has(algorithm));

/** What ours says of a signature. */
function ours(
  algorithm: Algorithm,
  { verification }: SigningPair,
  input: string,
  signature: Buffer,
): boolean {
  return isSignedBy(verification, algorithm, input, signature);
}

/** What jose says of it. Only its own errors are a no: any other would be a mistake of this test. */
async function oracle(
  algorithm: Algorithm,
  { verification }: SigningPair,
  input: string,
  signature: Buffer,
): Promise<boolean> {
  try {
    await compactVerify(`${input}.${encode(signature)}`, verification.key, { algorithms: [algorithm] });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

const cases = fc.constantFrom(...ALL_ALGORITHMS).chain((algorithm) =>
  fc.record({
    algorithm: fc.constant(algorithm),
    pair: fc.constantFrom(...pairsOf(algorithm)),
    payload: fc.uint8Array({ maxLength: 200 }),
    bend: fc.constantFrom(...Object.keys({ ...BENDS, ...FAMILY_BENDS[algorithm.slice(0, 2)] })),
    at: fc.nat(1_000_000),
  }),
);

describe('a signature', () => {
  it('is good where jose says so, and ours accepts none that jose refuses, however it is bent', async () => {
    const agreed = { accepted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async ({ algorithm, pair, payload, bend, at }) => {
        const input = `${encode({ alg: algorithm })}.${encode(Buffer.from(payload))}`;
        const good = signatureOf(algorithm, pair.signing, input);
        expect(ours(algorithm, pair, input, good)).toBe(true);
        expect(await oracle(algorithm, pair, input, good)).toBe(true);

        const how: Bend = { algorithm, key: pair.signing, input, good, at };
        const bent = (BENDS[bend] ?? FAMILY_BENDS[algorithm.slice(0, 2)]![bend]!)(how);
        const accepted = ours(algorithm, pair, input, bent);
        const expected = await oracle(algorithm, pair, input, bent);
        agreed[accepted ? 'accepted' : 'refused']++;
        if (accepted) expect(expected, `${algorithm}: ${bend}`).toBe(true);
      }),
      { numRuns: 1200 },
    );
    expect(agreed.refused).toBeGreaterThan(800);
  });

  it.each(ALL_ALGORITHMS)('of %s is refused by every key that is not for it', (algorithm) => {
    const input = `${encode({ alg: algorithm })}.e30`;
    for (const signed of pairsOf(algorithm)) {
      const signature = signatureOf(algorithm, signed.signing, input);
      for (const pair of pairs)
        expect(ours(algorithm, pair, input, signature), pair.name).toBe(pair === signed);
      for (const other of ALL_ALGORITHMS) {
        const same = namesOf(algorithm).includes(other);
        expect(ours(other, signed, input, signature), other).toBe(same);
      }
    }
  });

  it('is refused for an algorithm that its key may not have, although its type could', () => {
    const [rsa] = pairsOf('RS256');
    const pinned = {
      ...rsa!,
      verification: { ...rsa!.verification, algorithms: new Set(['RS256'] as const) },
    };
    for (const algorithm of ['RS256', 'RS384', 'PS256'] as const)
      expect(ours(algorithm, pinned, 'x', signatureOf(algorithm, rsa!.signing, 'x'))).toBe(
        algorithm === 'RS256',
      );
  });

  it('that OpenSSL would take for the type of the key is refused under another name', () => {
    const p256 = pairs.find(({ name }) => name === 'P-256')!;
    const der = sign('sha256', Buffer.from('x'), p256.signing);
    expect(ours('RS256', p256, 'x', der)).toBe(false);
    expect(ours('ES256', p256, 'x', der)).toBe(false);
  });

  it('of PSS has a salt of exactly the length of the hash', () => {
    for (const algorithm of ['PS256', 'PS384', 'PS512'] as const) {
      const [pair] = pairsOf(algorithm);
      const signed = (saltLength: number) => {
        const padding = constants.RSA_PKCS1_PSS_PADDING;
        const hash = `sha${algorithm.slice(2)}`;
        return sign(hash, Buffer.from('x'), { key: pair!.signing, padding, saltLength });
      };
      const right = Number(algorithm.slice(2)) / 8;
      for (const length of [0, 20, 32, 48, 64])
        expect(ours(algorithm, pair!, 'x', signed(length)), `${length}`).toBe(length === right);
    }
  });

  it('of RSA is as long as the modulus, its leading zeros included', () => {
    for (const algorithm of ['RS256', 'PS256'] as const) {
      const [pair] = pairsOf(algorithm);
      const input = Array.from({ length: 5000 }, (_, i) => `${i}`).find(
        (text) => signatureOf('RS256', pair!.signing, text)[0] === 0,
      )!;
      let signature = signatureOf(algorithm, pair!.signing, input);
      // PSS is salted, so another one begins with a zero.
      while (signature[0] !== 0) signature = signatureOf(algorithm, pair!.signing, input);
      expect(ours(algorithm, pair!, input, signature)).toBe(true);
      expect(ours(algorithm, pair!, input, signature.subarray(1))).toBe(false);
      expect(ours(algorithm, pair!, input, Buffer.concat([Buffer.alloc(1), signature]))).toBe(false);
    }
  });

  it('of Ed25519 is refused with S + L, which is the same number', () => {
    const [pair] = pairsOf('EdDSA');
    const input = 'e30.e30';
    const good = signatureOf('EdDSA', pair!.signing, input);
    const bent = FAMILY_BENDS['Ed']!['S plus L']!({
      algorithm: 'EdDSA',
      key: pair!.signing,
      input,
      good,
      at: 0,
    });
    expect(bent).toHaveLength(64);
    expect(bent.equals(good)).toBe(false);
    expect(ours('EdDSA', pair!, input, bent)).toBe(false);
  });
});
