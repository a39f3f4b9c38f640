import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, invalidOption } from '../../core/options.js';
import { secretWeakness } from '../../kit/keys/secret-strength.js';

/**
 * How lists are paged.
 *
 * @example
 * ```ts
 * lists: { secret: process.env.CURSOR_SECRET }
 * ```
 */
export interface ListsOptions {
  /**
   * Signs and hides the cursors, the same in every instance: 32 bytes or more. Left out: each process makes its own, so that cursors end with
   * it. Where instances share state it is required.
   */
  readonly secret?: string | Uint8Array;
}

/** {@link ListsOptions}, checked. */
export interface ListsSettings {
  readonly secret: Uint8Array | undefined;
}

const BYTES = 32;

/**
 * Checks the `lists` option once, at boot.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`, and `option.missing` for a secret that is there but `undefined`
 */
export function resolveLists(raw: unknown): ListsSettings {
  const options = checkOptions('lists', raw === undefined ? {} : raw, ['secret']);
  const { secret } = options;
  if (secret === undefined) {
    if (!Object.hasOwn(options, 'secret')) return { secret: undefined };
    throw new SecurityConfigError(
      'option.missing',
      'lists.secret',
      'is undefined',
      'set what it is read from, or leave the option out',
    );
  }
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    throw invalidOption('lists.secret', secret, 'write a string or a Buffer');
  const bytes = Buffer.from(secret as string);
  const weakness = bytes.length < BYTES ? `has ${bytes.length} bytes` : secretWeakness(bytes, BYTES);
  if (weakness) {
    throw new SecurityConfigError(
      'option.invalid',
      'lists.secret',
      weakness,
      `make one of ${BYTES} random bytes: node -p 'crypto.randomBytes(32).toString("base64")'`,
    );
  }
  return { secret: bytes };
}
