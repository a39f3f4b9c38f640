import { describe, expect, it } from 'vitest';
import { commonPasswords } from '../../../lib/accounts/passwords/common-passwords.js';
import { askBreached } from '../../../lib/accounts/passwords/breached-passwords.js';
import { denialOf, hasherWith } from './support.js';

const hasher = hasherWith();
const codeOf = async (password: unknown) => {
  const { reason, errors } = await denialOf(hasher.hash(password as string));
  expect(reason).toBe('input.invalid');
  return errors![0]!.code;
};

describe('a new password', () => {
  it('has 12 characters: code points, not bytes and not halves', async () => {
    for (const short of ['', 'eleven char', '🦉'.repeat(11), 'ü'.repeat(11)])
      expect(await codeOf(short)).toBe('passwordLength');
    for (const enough of ['twelve chars', '🦉'.repeat(12), ' '.repeat(12)]) await hasher.hash(enough);
  });

  it('has 1024 bytes at most, and counts to the last', async () => {
    const longest = 'ü'.repeat(512);
    const hash = await hasher.hash(longest);
    expect(await hasher.verify(hash, longest)).toEqual({ valid: true });
    expect(await hasher.verify(hash, `${'ü'.repeat(511)}ux`)).toEqual({ valid: false });
    expect(await codeOf(`${longest}x`)).toBe('passwordBytes');
    expect(await codeOf('x'.repeat(10_000_000))).toBe('passwordBytes');
  });

  it('needs no digit, no capital and no sign', async () => {
    for (const plain of ['only small letters', '840275936174', 'SHOUTED LOUD']) await hasher.hash(plain);
  });

  it('takes no options that there are not', async () => {
    const hashed = hasher.hash('twelve chars', { uncheked: 'seeds a demo' } as never);
    await expect(hashed).rejects.toThrow("no property 'uncheked': did you mean unchecked?");
  });

  it('is text', async () => {
    for (const other of [undefined, null, 7, {}, ['x'.repeat(12)], 'half of a pair \udc00'])
      expect(await codeOf(other)).toBe('passwordText');
  });

  it('is on no list', async () => {
    for (const common of ['password1234', 'PassWord1234', 'correct horse battery staple', '123456789012'])
      expect(await codeOf(common)).toBe('passwordBreached');
  });

  it('is refused at the place that the application names, and not repeated', async () => {
    const denial = await denialOf(hasher.hash('password1234', { pointer: '/newPassword' }));
    expect(denial.errors![0]!.pointer).toBe('/newPassword');
    expect(JSON.stringify(denial)).not.toContain('password1234');
  });

  it('may be one that the rules forbid, where the code says why; not one that cannot be hashed', async () => {
    const unchecked = 'seeds a demo';
    expect(await hasher.verify(await hasher.hash('short', { unchecked }), 'short')).toEqual({ valid: true });
    const denial = await denialOf(hasher.hash('x'.repeat(1025), { unchecked }));
    expect(denial.errors![0]!.code).toBe('passwordBytes');
    expect((await denialOf(hasher.hash('short', { unchecked: '' }))).reason).toBe('input.invalid');
  });
});

describe('breached passwords', () => {
  it('are asked for, with the whole password, and only where the rest is right', async () => {
    const asked: string[] = [];
    const breached = {
      isBreached: (password: string) => {
        asked.push(password);
        return Promise.resolve(password.startsWith('known'));
      },
    };
    const own = hasherWith({ breached });
    await own.hash('unknown to anybody');
    expect((await denialOf(own.hash('known to everybody'))).errors![0]!.code).toBe('passwordBreached');
    await denialOf(own.hash('short'));
    expect(asked).toEqual(['unknown to anybody', 'known to everybody']);
  });

  it.each([
    ['rejects', () => Promise.reject(new TypeError('sent twelve chars'))],
    ['rejects with no error', () => Promise.reject('twelve chars')],
    [
      'throws',
      () => {
        throw new Error('twelve chars');
      },
    ],
    ['answers nothing', () => Promise.resolve(undefined as never)],
    ['answers something else', () => Promise.resolve(0 as never)],
  ])('that %s: 503, and its words stay where they are', async (_, isBreached) => {
    const denial = await denialOf(hasherWith({ breached: { isBreached } }).hash('twelve chars'));
    expect(denial.reason).toBe('password.unavailable');
    expect(denial.headers).toEqual({ 'Retry-After': '5' });
    expect(denial.note).not.toContain('twelve');
  });

  it('that never answer: 503', async () => {
    const silent = { isBreached: () => new Promise<boolean>(() => undefined) };
    expect((await denialOf(askBreached(silent, 'twelve chars', 10))).note).toBe(
      'breached passwords: too late',
    );
  });

  it('of the list in the package are known as they are and in capitals, others are not', async () => {
    const list = commonPasswords();
    expect(await list.isBreached('qwertyuiop123')).toBe(true);
    expect(await list.isBreached('QWERTYUIOP123')).toBe(true);
    expect(await list.isBreached('an owl that reads')).toBe(false);
    expect(await list.isBreached('')).toBe(false);
  });
});
