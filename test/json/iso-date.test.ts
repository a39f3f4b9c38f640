import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDate } from '../../lib/kit/json/iso-date.js';

describe('isoDate', () => {
  const LAST = 8_640_000_000_000_000;

  it('writes every time as Date does', () => {
    const near = fc.integer({ min: -2_000_000_000_000, max: 4_000_000_000_000 });
    const any = fc.integer({ min: -LAST, max: LAST });
    fc.assert(
      fc.property(fc.oneof(near, any), (time) => {
        expect(isoDate(time)).toBe(new Date(time).toISOString());
      }),
      { numRuns: 20_000 },
    );
  });

  it('writes each day of 800 years, and the edges of the form, as Date does', () => {
    for (let day = -146_097; day <= 146_097; day++) {
      const time = day * 86_400_000;
      if (isoDate(time) !== new Date(time).toISOString())
        expect(isoDate(time)).toBe(new Date(time).toISOString());
    }
    for (const text of ['0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0000-02-29T12:00:00.000Z']) {
      for (const time of [-1, 0, 1].map((step) => new Date(text).getTime() + step)) {
        expect(isoDate(time)).toBe(new Date(time).toISOString());
      }
    }
    expect(isoDate(0.5)).toBe(new Date(0.5).toISOString());
  });

  it.each([Number.NaN, Infinity, -Infinity, LAST + 1])('throws as Date does for %s', (time) => {
    expect(() => isoDate(time)).toThrow(RangeError);
  });
});
