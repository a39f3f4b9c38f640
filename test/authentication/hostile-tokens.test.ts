import { describe, expect, it } from 'vitest';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { REASONS } from '../../lib/core/reason.js';
import { SIGNING_ALGORITHMS, newMaterial } from './forge.js';
import { controlToken, hostileTokens } from './hostile-tokens.js';
import { identify } from './identify.js';

describe.each(SIGNING_ALGORITHMS)('hostile tokens against %s', (algorithm) => {
  const { material, options } = newMaterial(algorithm);
  const verifier = new TokenVerifier(resolveAuthentication(options));
  const hostile = hostileTokens(material);

  it('the control gets in, before and after', async () => {
    expect(await identify(verifier, controlToken(material))).toHaveProperty('principal.id', 'alice');
    for (const { authorization } of hostile) await identify(verifier, authorization);
    expect(await identify(verifier, controlToken(material))).toHaveProperty('principal.id', 'alice');
  });

  it('none of at least 90 gets in, each a 401 with a challenge and without an echo', async () => {
    expect(new Set(hostile.map(({ name }) => name)).size).toBe(hostile.length);
    expect(hostile.length).toBeGreaterThanOrEqual(90);
    const accepted: string[] = [];
    for (const { name, authorization } of hostile) {
      const verdict = await identify(verifier, authorization);
      if (!('denial' in verdict)) {
        accepted.push(name);
        continue;
      }
      const { reason, headers, note = '' } = verdict.denial;
      expect(REASONS[reason].status, name).toBe(reason === 'credential.several' ? 400 : 401);
      const bare = reason === 'token.missing' || reason === 'token.scheme';
      const error = reason === 'credential.several' ? 'invalid_request' : 'invalid_token';
      expect(headers, name).toEqual({
        'WWW-Authenticate': bare ? 'Bearer realm="api"' : `Bearer realm="api", error="${error}"`,
      });
      expect(note, name).not.toMatch(/alice|attacker|eyJ|https:/);
    }
    expect(accepted).toEqual([]);
  });

  it('what is only otherwise written is refused for its form, with a good signature', async () => {
    const reasons = new Map<string, string>();
    for (const { name, authorization } of hostile) {
      const verdict = await identify(verifier, authorization);
      if ('denial' in verdict) reasons.set(name, verdict.denial.reason);
    }
    const expected: Record<string, string> = {
      'encoding: spare bits in the header': 'token.malformed',
      'encoding: spare bits in the claims': 'token.malformed',
      'encoding: spare bits in the signature': 'token.malformed',
      'encoding: padded signature': 'token.malformed',
      'json: sub twice': 'token.malformed',
      'json: alg twice': 'token.malformed',
      'header: crit empty': 'token.header',
      'header: jwk, signed by that key': 'token.header',
      'header: kid unknown': 'token.signature',
      'algorithm: none, signed': 'token.algorithm',
      "type: 'JWT'": 'token.type',
      'claim: iss other': 'token.issuer',
      'claim: aud shorter': 'token.audience',
      'claim: sub blank': 'token.claims',
      'claim: exp past': 'token.expired',
      'claim: exp past the cap by a second': 'token.lifetime',
      'claim: exp very large': 'token.lifetime',
      'claim: iat future': 'token.not-yet-valid',
      'claim: nbf future': 'token.not-yet-valid',
      'claim: roles text': 'token.claims',
      'signature: one bit flipped': 'token.signature',
      'shape: too large': 'token.too-large',
      'grammar: Basic': 'token.scheme',
      'grammar: two headers': 'credential.several',
      'grammar: something behind': 'token.malformed',
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, reasons.get(name)]))).toEqual(
      expected,
    );
  });
});
