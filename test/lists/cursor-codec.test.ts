import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CursorCodec, MAX_CURSOR } from '../../lib/pipeline/lists/cursor-codec.js';

const codec = new CursorCodec(Buffer.alloc(32, 7));
const LIST = '["OrdersController.list Order","alice",[null]]';
const POSITION = ['createdAt DESC, id DESC', 1_790_000_000_000, 'a11ce'];
const cursor = codec.seal(LIST, POSITION);

describe('a cursor', () => {
  it('opens for what it was made for, in every instance with the secret', () => {
    expect(codec.open(LIST, cursor)).toEqual(POSITION);
    expect(new CursorCodec(Buffer.alloc(32, 7)).open(LIST, cursor)).toEqual(POSITION);
    expect(new CursorCodec(Buffer.alloc(32, 8)).open(LIST, cursor)).toBeUndefined();
  });

  it('says nothing to whoever has it, and two of one position differ', () => {
    const text = Buffer.from(cursor, 'base64url').toString('latin1');
    expect(text).not.toContain('a11ce');
    expect(text).not.toContain('createdAt');
    expect(codec.seal(LIST, POSITION)).not.toBe(cursor);
  });

  it('is bound: to each part of its binding, and to where the parts end', () => {
    for (const other of [
      LIST.replace('alice', 'bob'),
      LIST.replace('list', 'all'),
      `${LIST} `,
      '',
      LIST.slice(1),
    ]) {
      expect(codec.open(other, cursor)).toBeUndefined();
    }
  });

  it('is never longer than what opens', () => {
    // Brackets, quotes and the text.
    const longest = ['a'.repeat(6092)];
    expect(codec.seal(LIST, longest)).toHaveLength(MAX_CURSOR);
    expect(codec.open(LIST, codec.seal(LIST, longest))).toEqual(longest);
    expect(MAX_CURSOR).toBe(8192);
    expect(() => codec.seal(LIST, ['a'.repeat(6093)])).toThrow(RangeError);
  });

  it('has one spelling', () => {
    for (const spelling of [`${cursor}=`, ` ${cursor}`, `${cursor}.`, cursor.slice(0, -1), `${cursor}A`]) {
      expect(codec.open(LIST, spelling)).toBeUndefined();
    }
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const others = characters
      .split('')
      .filter((character) => codec.open(LIST, cursor.slice(0, -1) + character));
    expect(others).toEqual([cursor.at(-1)]);
  });

  it('is not accepted with any bit changed', () => {
    const bytes = Buffer.from(cursor, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = Buffer.from(bytes);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      expect(codec.open(LIST, bent.toString('base64url'))).toBeUndefined();
    }
  });

  it('is nothing that somebody makes up, and nothing makes its reader throw', () => {
    const madeUp = fc.oneof(
      fc.anything(),
      fc.string({ maxLength: 9000 }),
      fc.base64String({ maxLength: 9000 }),
      fc.uint8Array({ maxLength: 6200 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc
        .tuple(fc.nat(cursor.length), fc.string({ maxLength: 4 }))
        .filter(([at, text]) => cursor.slice(at, at + text.length) !== text)
        .map(([at, text]) => cursor.slice(0, at) + text + cursor.slice(at + text.length)),
      fc
        .tuple(fc.nat(cursor.length), fc.nat(cursor.length))
        .map(([a, b]) => cursor.slice(a, b) + cursor.slice(0, a)),
    );
    fc.assert(
      fc.property(madeUp, (made) => {
        if (made !== cursor) expect(codec.open(LIST, made)).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });

  it('carries any values back as they were', () => {
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.maxSafeInteger(), fc.boolean());
    fc.assert(
      fc.property(fc.string(), fc.array(value, { maxLength: 3 }), (binding, position) => {
        expect(codec.open(binding, codec.seal(binding, position))).toEqual(position);
      }),
    );
  });
});
