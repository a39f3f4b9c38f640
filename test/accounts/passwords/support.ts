import { hash } from '@node-rs/bcrypt';
import { afterAll, vi } from 'vitest';
import { SecurityDenial } from '../../../lib/core/security-denial.js';
import type { Denial } from '../../../lib/core/decision.js';
import { loadHashLibraries } from '../../../lib/accounts/passwords/hash-libraries.js';
import type { HashLibraries } from '../../../lib/accounts/passwords/hash-libraries.js';
import { PasswordHasher } from '../../../lib/accounts/passwords/password-hasher.js';
import {
  resolvePasswords,
  type PasswordsOptions,
} from '../../../lib/accounts/passwords/passwords.options.js';
import { Logger } from '@nestjs/common';

/** The real libraries. */
export const installedLibraries = await loadHashLibraries();

/** A hasher on the real libraries, or on fewer. */
export function hasherWith(
  options: PasswordsOptions = {},
  libraries: HashLibraries = installedLibraries,
): PasswordHasher {
  return new PasswordHasher(resolvePasswords(options), libraries);
}

/** The denial that a promise is rejected with. */
export async function denialOf(promise: Promise<unknown>): Promise<Denial> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SecurityDenial) return error.denial;
  throw new Error(`no SecurityDenial: ${String(error)}`);
}

/** What `PasswordHasher` warns of, kept from the output of the tests. */
export function warnings(): string[] {
  const said: string[] = [];
  const spy = vi.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => {
    said.push(String(message));
  });
  afterAll(() => {
    spy.mockRestore();
  });
  return said;
}

/** A hash of bcrypt's own library, under the letter of another implementation. */
export async function bcryptHash(password: string, cost: number, version = '2b'): Promise<string> {
  return (await hash(password, cost)).replace('$2b$', `$${version}$`);
}
