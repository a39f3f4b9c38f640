import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeApart } from '../../lib/pipeline/authentication/token-format.js';

const isCanonical = (part: string) =>
  part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part;

describe('taking a token apart', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
    fc.string({ unit: fc.constantFrom(...Array.from('AQgwBz09-_+/=. \n\u0000é\u0141')), maxLength: 8 }),
  );

  it('gives three parts, of which payload and signature have one way to be written', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (written) => {
        const token = written.join('.');
        const split = token.split('.');
        const [header = '', payload = '', signature = ''] = split;
        const good = split.length === 3 && isCanonical(payload) && isCanonical(signature);
        const parts = takeApart(token);
        expect(parts !== undefined).toBe(good);
        if (!parts) return;
        expect(parts.header).toBe(header);
        expect(parts.signed).toBe(`${header}.${payload}`);
        expect(parts.payload.toString('base64url')).toBe(payload);
        expect(parts.signature.toString('base64url')).toBe(signature);
      }),
      { numRuns: 100_000 },
    );
  });
});
