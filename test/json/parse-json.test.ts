import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_JSON_DEPTH, parseJson } from '../../lib/kit/json/parse-json.js';

const parse = (text: string | Buffer, maxDepth = DEFAULT_JSON_DEPTH) =>
  parseJson(Buffer.isBuffer(text) ? text : Buffer.from(text), { maxDepth });

const reasonOf = (text: string | Buffer, maxDepth?: number) => {
  const parsed = parse(text, maxDepth);
  return 'denial' in parsed ? parsed.denial.reason : 'accepted';
};

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        const value: unknown = JSON.parse(text);
        fc.pre(!/__proto__|\\u0000|\\ud[89a-f]/i.test(text));
        expect(parse(text)).toEqual({ value });
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const nearly = fc.string({ unit: fc.constantFrom(...'{}[]":,\\u0d8c_prot12 '.split('')), maxLength: 40 });
    fc.assert(
      fc.property(fc.oneof(bytes, nearly), (raw) => {
        const input = Buffer.from(raw as string);
        const parsed = parse(input);
        if ('value' in parsed) expect(parsed.value).toEqual(JSON.parse(input.toString()));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['space alone', '  \n'],
    ['a cut body', '{"a":'],
    ['a bare word', 'NaN'],
    ['a byte order mark', '\ufeff{}'],
    ['invalid UTF-8', Buffer.from([0x22, 0xc3, 0x28, 0x22])],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a UTF-16 body', Buffer.from('{"a":1}', 'utf16le')],
    ['a raw NUL', '"a\0b"'],
    ['an escaped NUL', '"a\\u0000b"'],
    ['an escaped NUL in a key', '{"a\\u0000":1}'],
    ['half a surrogate pair', '"\\ud83d"'],
    ['half a surrogate pair before text', '"\\ud83dabcdef"'],
    ['the wrong half', '"\\ude00"'],
    ['two first halves', '"\\ud83d\\ud83d"'],
    ['a key twice', '{"amount":1,"amount":999}'],
    ['a key twice, once escaped', '{"amount":1,"\\u0061mount":999}'],
    ['a key twice, deep inside', '[{"a":[{"b":{"c":1,"c":1}}]}]'],
    ['a key twice over an object', '{"a":{"x":1,"y":2},"a":1}'],
  ])('refuses %s as malformed', (_, text) => {
    expect(reasonOf(text)).toBe('edge.body-malformed');
  });

  it.each([
    '"\\\\u0000"',
    '"\\ud83d\\ude00"',
    '"\\"{[:"',
    '{"a:b":"{\\"a\\":1}"}',
    '"é\\n\u2028"',
    '[[],{}]',
    ' 1 ',
  ])('accepts %s', (text) => {
    expect(parse(text)).toEqual({ value: JSON.parse(text) });
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"__proto__" \n\t :1}]}',
    '{"\\u005f_proto__":1}',
    '{"__pr\\u006Ft\\u006f__":1}',
    '{"\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006f\\u005f\\u005f":1}',
  ])('refuses the key in %s', (text) => {
    expect(Object.keys(JSON.parse(text) as object).length).toBe(1);
    expect(reasonOf(text)).toBe('edge.body-forbidden-key');
  });

  it.each([
    '["__proto__"]',
    '{"a":"__proto__"}',
    '{"__proto":1}',
    '{"___proto__":1}',
    '{"__proto\\u005f":1}',
    '{"__proto__x":1}',
  ])('leaves %s alone', (text) => {
    expect(reasonOf(text)).toBe('accepted');
  });

  it('counts depth before the parser recurses, and not inside strings', () => {
    expect(reasonOf('[[[1]]]', 3)).toBe('accepted');
    expect(reasonOf('[[[[1]]]]', 3)).toBe('edge.body-too-deep');
    expect(reasonOf('[{"a":{"b":[]}}]', 3)).toBe('edge.body-too-deep');
    expect(reasonOf('[[],[],[],[[]]]', 3)).toBe('accepted');
    expect(reasonOf(JSON.stringify('['.repeat(100)), 3)).toBe('accepted');
    expect(reasonOf('['.repeat(1_000_000))).toBe('edge.body-too-deep');
    expect(reasonOf('{"a":'.repeat(200_000))).toBe('edge.body-too-deep');
  });

  it('stays linear on hostile megabytes', () => {
    const hostile = [
      '"' + '\\'.repeat(1_000_000) + '"',
      '['.concat('"__proto__",'.repeat(80_000), '1]'),
      '{"__proto__"' + ' '.repeat(1_000_000),
      '["' + '\\u005f'.repeat(160_000) + '"]',
      '{' + Array.from({ length: 90_000 }, (_, i) => `"${i}":1`).join() + '}',
    ];
    const before = process.cpuUsage();
    for (const text of hostile) parse(text);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1500);
  });
});
