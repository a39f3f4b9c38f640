import { describe, expect, it } from 'vitest';
import { cookieValues } from '../../lib/kit/http/cookie-values.js';

describe('the values of a cookie', () => {
  it.each<[string, string[]]>([
    ['a=1; b=2; a=3', ['1', '3']],
    ['a=1;a=2', ['1', '2']],
    [' \t a=1\t ;\ta=2 ', ['1', '2']],
    ['a=', ['']],
    ['A=1; aa=2; a; a =3; =a', []],
    ['', []],
  ])('%j', (header, values) => {
    expect(cookieValues(header, 'a')).toEqual(values);
  });

  // RFC 6265 §5.2 and browsers know two blanks. Whoever may set `\u00a0__Host-a` may not set `__Host-a`.
  it('are those of that very name: no other blank is none of it', () => {
    const others = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      (blank) => blank.trim() === '' && blank !== ' ' && blank !== '\t',
    );
    expect(others.length).toBeGreaterThan(20);
    for (const blank of others) {
      expect(cookieValues(`${blank}__Host-a=1`, '__Host-a')).toEqual([]);
      expect(cookieValues(`x=1; ${blank}__Host-a=1; __Host-a=2${blank}`, '__Host-a')).toEqual([`2${blank}`]);
    }
  });

  it('are found in a header of blanks in no more than one pass', () => {
    const blanks = ' '.repeat(1_000_000);
    expect(cookieValues(`a=1${blanks}x; ${blanks}a=2${blanks}`, 'a')).toEqual([`1${blanks}x`, '2']);
  });
});
