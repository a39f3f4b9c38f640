import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { AUDIENCE, ISSUER } from '../../../sample-app/auth/token-issuer.js';
import { Forge, type TokenMaterial } from '../../authentication/forge.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The key pair of all the applications under attack: written where they look for theirs. */
export const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** Everything that is needed to write tokens that the shop trusts. */
export const material: TokenMaterial = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithm: 'ES256',
  signingKey: privateKey,
  kid: await calculateJwkThumbprint(publicKey.export({ format: 'jwk' })),
};

/** Writes tokens with the shop's own key. */
export const forge = new Forge(material);

/** A key that the shop does not know. */
export const foreignKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

/** Runs `use` with a file that holds the key. */
export async function withKeyFile<T>(use: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'shop-key-'));
  const file = join(directory, 'key.json');
  writeFileSync(file, JSON.stringify(privateKey.export({ format: 'jwk' })));
  try {
    return await use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
