import * as fc from 'fast-check';
import { errors, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newMaterial, SIGNING_ALGORITHMS } from './forge.js';
import { controlToken, hostileTokens } from './hostile-tokens.js';
import { identify } from './identify.js';

// What the verifier is told below, said to jose. It checks less than we do, so it must accept all that we accept.
const TOLERANCE = 5;
const MAX_TTL = 900;

/** A good value, and now and then a bad one. */
const mostly = (good: unknown, ...others: unknown[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

describe.each(SIGNING_ALGORITHMS)('whatever is accepted with %s', (algorithm) => {
  const { material, options } = newMaterial(algorithm);
  const settings = resolveAuthentication({ ...options, clockTolerance: TOLERANCE, maxTtl: MAX_TTL });
  const { key } = settings.issuers[0].keys.current()!.keys[0]!;
  const verifier = new TokenVerifier(settings);
  const forge = new Forge(material);
  const hostile = hostileTokens(material)
    .map(({ authorization }) => authorization)
    .filter((authorization) => typeof authorization === 'string');

  /** Whether jose accepts the token in this header, strictly. */
  async function oracle(authorization: string): Promise<boolean> {
    try {
      await jwtVerify(authorization.slice('Bearer '.length), key, {
        issuer: material.issuer,
        audience: material.audience,
        algorithms: [...settings.issuers[0].algorithms],
        typ: 'at+jwt',
        clockTolerance: TOLERANCE,
        maxTokenAge: MAX_TTL,
        requiredClaims: ['sub', 'iat', 'exp', 'iss', 'aud'],
      });
      return true;
    } catch (error) {
      if (error instanceof errors.JOSEError) return false;
      throw error;
    }
  }

  const tokens = [controlToken(material), ...hostile];
  const parts = [...new Set(tokens.flatMap((token) => token.slice('Bearer '.length).split('.')))];
  const mixed = fc.tuple(fc.constantFrom(...parts), fc.constantFrom(...parts), fc.constantFrom(...parts));
  const seconds = (min: number, max: number) => fc.integer({ min, max }).map((after) => forge.now + after);
  const claims = fc.record(
    {
      iss: mostly(material.issuer, `${material.issuer}/`, 1),
      aud: mostly(material.audience, [material.audience, 'x'], ['x'], [], {}),
      sub: mostly('alice', '', ' ', 7),
      exp: seconds(1, 950),
      iat: seconds(-900, 8),
      nbf: seconds(-20, 8),
      roles: mostly(['user'], 'user', [1]),
    },
    { requiredKeys: [] },
  );
  const header = fc.record(
    {
      typ: mostly('at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', ''),
      kid: mostly('a', '', 1),
      crit: mostly(undefined, [], ['b64'], ['exp'], null),
      b64: mostly(undefined, true, false),
    },
    { requiredKeys: [] },
  );
  const signed = fc
    .tuple(header, claims)
    .map(([more, some]) => `Bearer ${forge.token(forge.header(more), forge.claims(some))}`);
  const attempts = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...tokens) },
    { weight: 1, arbitrary: mixed.map((three) => `Bearer ${three.join('.')}`) },
    {
      weight: 3,
      arbitrary: fc.oneof(
        claims.map((some) => `Bearer ${forge.claiming(some)}`),
        signed,
      ),
    },
  );

  it('jose accepts too', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(attempts, async (authorization) => {
        if ('denial' in (await identify(verifier, authorization))) return;
        accepted++;
        expect(await oracle(authorization)).toBe(true);
      }),
      { numRuns: 500, examples: [[controlToken(material)]] },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
