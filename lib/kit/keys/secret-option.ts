import { createSecretKey, type KeyObject } from 'node:crypto';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption, type RawOptions } from '../../core/options.js';
import { secretWeakness } from './secret-strength.js';

const BYTES = 32;

/**
 * A secret that may be left out, and not by accident: an unset environment variable would switch off what it is for without a word.
 *
 * @throws {SecurityConfigError} `option.missing` where the option is there and `undefined`; `option.invalid` as {@link secretOption}
 */
export function optionalSecret(at: string, options: RawOptions, name: string): KeyObject | undefined {
  if (!Object.hasOwn(options, name)) return undefined;
  const path = `${at}.${name}`;
  if (options[name] !== undefined) return secretOption(path, options[name]);
  const fix = `set what it is read from, or leave ${name} out`;
  throw new SecurityConfigError('option.missing', path, 'is undefined', fix);
}

/**
 * A secret of the application for a MAC, from its option: text (as UTF-8) or bytes, 32 or more.
 *
 * @throws {SecurityConfigError} `option.invalid` for what is none, or can be guessed; its message does not quote it
 */
export function secretOption(path: string, raw: unknown): KeyObject {
  if (typeof raw !== 'string' && !(raw instanceof Uint8Array))
    throw invalidOption(path, raw, 'write a string or a Buffer');
  const bytes = Buffer.from(raw as string);
  const weakness = bytes.length < BYTES ? `has ${bytes.length} bytes` : secretWeakness(bytes, BYTES);
  if (weakness) {
    const fix = `make one of ${BYTES} random bytes: node -p 'crypto.randomBytes(32).toString("base64")'`;
    throw new SecurityConfigError('option.invalid', path, weakness, fix);
  }
  return createSecretKey(bytes);
}
