import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { proofThumbprint } from '../../../lib/pipeline/authentication/dpop/proof-key.js';

describe('the thumbprint of a key', () => {
  it('is that of RFC 7638 §3.1', () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    expect(proofThumbprint({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' })).toBe(
      'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
    );
  });

  it('is none of a key whose check would cost too much', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    expect(proofThumbprint(rsa)).toMatch(/^[\w-]{43}$/);
    expect(proofThumbprint({ ...rsa, n: 'A'.repeat(683) })).toMatch(/^[\w-]{43}$/);
    expect(proofThumbprint({ ...rsa, n: 'A'.repeat(684) })).toBeUndefined();
    expect(proofThumbprint({ ...rsa, e: 'AAAAAQAB' })).toBeUndefined();
    expect(proofThumbprint({ ...rsa, e: rsa.n })).toBeUndefined();
  });
});
