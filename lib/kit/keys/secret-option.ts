import { createSecretKey, type KeyObject } from 'node:crypto';
import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption } from '../../core/options.js';
import { secretWeakness } from './secret-strength.js';

const BYTES = 32;

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
