import type { FieldError } from '../../core/problem.js';

/** Characters: Unicode code points. */
export const MIN_CHARACTERS = 12;
/** Bytes of UTF-8. */
export const MAX_BYTES = 1024;

/** Why a password is not accepted. */
export type PasswordFault = Omit<FieldError, 'pointer'>;

const TOO_SHORT: PasswordFault = {
  code: 'passwordLength',
  detail: `must have at least ${MIN_CHARACTERS} characters`,
};
const TOO_LONG: PasswordFault = {
  code: 'passwordBytes',
  detail: `must have at most ${MAX_BYTES} bytes`,
};
const NO_TEXT: PasswordFault = { code: 'passwordText', detail: 'must be text' };

/** Why a new password was seen elsewhere. */
export const BREACHED: PasswordFault = {
  code: 'passwordBreached',
  detail: 'is on lists of passwords that are tried first; choose another',
};

/**
 * What no password can have, new or old: more bytes than are worth hashing, or half a surrogate pair, which UTF-8 cannot write, so that
 * different passwords would have one hash.
 */
export function unhashable(password: unknown): PasswordFault | undefined {
  if (typeof password !== 'string' || /\p{Surrogate}/u.test(password)) return NO_TEXT;
  return Buffer.byteLength(password) > MAX_BYTES ? TOO_LONG : undefined;
}

/**
 * What a new password cannot have. Its length decides, and nothing else: no rule asks for digits or capitals.
 *
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver
 */
export function unsuitable(password: unknown): PasswordFault | undefined {
  const fault = unhashable(password);
  if (fault) return fault;
  return Array.from(password as string).length < MIN_CHARACTERS ? TOO_SHORT : undefined;
}
