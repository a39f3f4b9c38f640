import { describe, expect, it } from 'vitest';
import { installed } from '../../../lib/accounts/passwords/hash-libraries.js';
import { resolveAccounts } from '../../../lib/accounts/accounts.options.js';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { hasherWith } from './support.js';

const errorOf = (run: () => unknown): SecurityConfigError => {
  try {
    run();
  } catch (error) {
    if (error instanceof SecurityConfigError) return error;
    throw error;
  }
  throw new Error('no error');
};

describe('the accounts option', () => {
  it('may be left out', () => {
    expect(resolveAccounts().passwords.legacy).toEqual([]);
    expect(resolveAccounts({ passwords: {} }).passwords.legacy).toEqual([]);
  });

  it.each([
    [{ password: {} }, 'option.unknown', 'accounts.password', 'did you mean accounts.passwords?'],
    [{ passwords: { breach: {} } }, 'option.unknown', 'accounts.passwords.breach', 'breached'],
    [
      { passwords: { breached: () => false } },
      'option.invalid',
      'accounts.passwords.breached',
      'isBreached(password)',
    ],
    [{ passwords: { legacy: '$2b$10' } }, 'option.invalid', 'accounts.passwords.legacy', 'a list'],
    [{ passwords: { legacy: ['bcrypt'] } }, 'option.invalid', 'accounts.passwords.legacy[0]', "'$2b$10'"],
    [
      { passwords: { legacy: ['$2b$10', '$2b$31'] } },
      'option.invalid',
      'accounts.passwords.legacy[1]',
      'before the salt',
    ],
    [
      { passwords: { legacy: ['$argon2id$v=19$m=9999999,t=1,p=1'] } },
      'option.invalid',
      'accounts.passwords.legacy[0]',
      'before the salt',
    ],
    [
      { passwords: { legacy: Array<string>(8).fill('$2b$10') } },
      'option.invalid',
      'accounts.passwords.legacy',
      'at most 7',
    ],
  ])('%j', (options, code, path, fix) => {
    const error = errorOf(() => resolveAccounts(options));
    expect([error.code, error.path]).toEqual([code, path]);
    expect(error.message).toContain(fix);
  });

  it('does not repeat a value: it may be a hash', () => {
    const hash = '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    expect(errorOf(() => resolveAccounts({ passwords: { legacy: [hash] } })).message).not.toContain('E5YPO9');
  });

  it('takes $2a$ and $2y$ for the work of $2b$', () => {
    const { legacy } = resolveAccounts({ passwords: { legacy: ['$2a$10', '$2y$12'] } }).passwords;
    expect(legacy).toEqual(['$2b$10', '$2b$12']);
  });

  it('refuses older hashes whose package is not installed', () => {
    const error = errorOf(() => hasherWith({ legacy: ['$2b$10'] }, {}));
    expect(error.message).toContain('npm install @node-rs/bcrypt');
    const argon2 = errorOf(() => hasherWith({ legacy: ['$argon2id$v=19$m=4096,t=3,p=1'] }, {}));
    expect(argon2.message).toContain('npm install @node-rs/argon2');
  });
});

describe('an optional peer', () => {
  const missing = 'not-to-be-found-anywhere';

  it('is left out where it is not installed', async () => {
    const notFound = Object.assign(new Error(`Cannot find package '${missing}' imported from …`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    expect(await installed(missing, () => Promise.reject(notFound))).toBeUndefined();
  });

  it.each([
    ['its binary is missing', new Error('Cannot find native binding')],
    [
      'what it needs is missing',
      Object.assign(new Error("Cannot find package 'other' imported from …"), {
        code: 'ERR_MODULE_NOT_FOUND',
      }),
    ],
  ])('stops the start where %s', async (_, error) => {
    await expect(installed(missing, () => Promise.reject(error))).rejects.toBe(error);
  });
});
