import { keyRing, type KeyRing } from 'nestjs-gatehouse';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** The `iss` of the shop's tokens. */
export const ISSUER = 'https://shop.example';

/** The `aud` of the shop's tokens. */
export const AUDIENCE = 'https://api.shop.example';

/** What the shop signs with. */
export interface ShopKeys {
  /** Signs the access tokens; `gatehouse keys rotate` changes it while the shop runs. */
  readonly ring: KeyRing;
  /** Signs the cookies of known devices. Not one of the keys: it outlives them. */
  readonly deviceSecret: Uint8Array;
}

/** Injection token of the {@link ShopKeys}. */
export const SHOP_KEYS = Symbol('shop:keys');

/**
 * The keys kept in `file` and beside it, made there at the first start, readable by their owner alone. Without a file: new ones, gone with
 * the process.
 *
 * @throws where the file is there and is no key ring; it is not replaced.
 */
export function shopKeys(file?: string): ShopKeys {
  // ES256 and not the default: gateways that verify for others know it everywhere.
  const algorithm = 'ES256';
  if (!file) return { ring: keyRing({ ephemeral: true, algorithm }), deviceSecret: randomBytes(32) };
  const ring = keyRing({ file, create: true, algorithm });
  return { ring, deviceSecret: keptSecret(`${file}.device`) };
}

function keptSecret(file: string): Uint8Array {
  try {
    // 'wx': where another process was faster, its secret counts.
    writeFileSync(file, randomBytes(32).toString('base64'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (secret.length === 32) return secret;
  throw new Error(`${file} does not hold a secret. Remove it, and a new one is made.`);
}
