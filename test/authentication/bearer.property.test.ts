import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newMaterial } from './forge.js';
import { identify } from './identify.js';

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
      { numRuns: 100_000, examples: [[`Bearer ${token}`], [`bEaReR ${token}`]] },
    );
  });
});
