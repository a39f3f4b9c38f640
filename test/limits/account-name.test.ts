import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accountName } from '../../lib/pipeline/limits/lockout/account-name.js';

describe('the name of an account', () => {
  it.each([
    ['sue', ' SUE\u00a0'],
    ['sue', '\u200bsue\ufeff'],
    ['sue', 's\u00adue'],
    ['sue', '\u202esue\u202c'],
    ['sue', 'ｓｕｅ'],
    ['παρης', 'ΠΑΡΗΣ'],
    ['παρησ', 'παρης'],
    ['straße', 'STRASSE'],
    ['ᾳ', 'ΑΙ'],
    ['jose\u0301', 'JOSÉ'],
  ])('%j is that of %j', (a, b) => {
    expect(accountName(a)).toBe(accountName(b));
  });

  it('keeps apart what people read as two', () => {
    const names = ['sue', 'sué', 'su e', 'süe', 'sue2', 's.ue'];
    expect(new Set(names.map(accountName)).size).toBe(names.length);
  });

  it('is that of its own spelling in capitals and in small letters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const one = accountName(name);
        expect(accountName(name.toUpperCase())).toBe(one);
        expect(accountName(name.toLowerCase())).toBe(one);
        expect(accountName(one)).toBe(one);
      }),
      { numRuns: 5000 },
    );
  });
});
