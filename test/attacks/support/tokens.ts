import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUDIENCE, ISSUER } from '../../../sample-app/auth/shop-keys.js';
import { newRing } from '../../../lib/kit/keys/key-ring.changes.js';
import { createRing } from '../../../lib/kit/keys/key-ring.file.js';
import { Forge, type TokenMaterial } from '../../authentication/forge.js';

const ring = newRing(Math.floor(Date.now() / 1000), 'ES256');
const { jwk } = ring.keys[0]!;
const [privateKey, publicKey] = [createPrivateKey, createPublicKey].map((read) =>
  read({ key: jwk as never, format: 'jwk' }),
) as [KeyObject, KeyObject];

/** The key pair of all the applications under attack: written where they look for theirs. */
export const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** Everything that is needed to write tokens that the shop trusts. */
export const material: TokenMaterial = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithm: 'ES256',
  signingKey: privateKey,
  kid: jwk.kid,
};

/** A forge that outlives its tokens: files of one process share it. */
class LastingForge extends Forge {
  override claims(changes: object = {}): Record<string, unknown> {
    const iat = Math.floor(Date.now() / 1000);
    return super.claims({ iat, exp: iat + 300, ...changes });
  }
}

/** Writes tokens with the shop's own key. */
export const forge = new LastingForge(material);

/** A key that the shop does not know. */
export const foreignKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Runs `use` with a file that holds the key. */
export async function withKeyFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-key-'));
  const file = join(directory, 'key.json');
  createRing(file, ring);
  try {
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
