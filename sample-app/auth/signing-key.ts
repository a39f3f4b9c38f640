import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type CryptoKey,
  type JWK,
} from 'jose';
import { hkdfSync } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The algorithm of the shop's tokens. */
export const ALGORITHM = 'ES256';

/** The key pair that signs the shop's tokens. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  /** The public half, with `kid`, `alg` and `use`: what `/.well-known/jwks.json` shows. */
  readonly publicJwk: JWK & { readonly kid: string };
  /** Signs the cookies of known devices: made from the private key, so that instances with one key have one secret. */
  readonly deviceSecret: Uint8Array;
}

/** Injection token of the {@link SigningKey}. */
export const SIGNING_KEY = Symbol('shop:signing-key');

/**
 * The key pair kept in `file`, made there at the first start, readable by its owner alone. Without a file: a new one, gone with the process.
 *
 * @throws when the file is there and is not a key of ours; it is not replaced.
 */
export async function signingKey(file?: string): Promise<SigningKey> {
  if (!file) return assemble(await newPrivateJwk());
  const kept = await read(file);
  if (kept) return assemble(kept);
  const made = await newPrivateJwk();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // 'wx': where another process was faster, its key is not overwritten, and this start fails rather than sign with a second one.
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(made));
  } finally {
    await handle.close();
  }
  return assemble(made);
}

async function newPrivateJwk(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  return exportJWK(privateKey);
}

async function read(file: string): Promise<JWK | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const key = parse(text);
  if (key) return key;
  throw new Error(`${file} does not hold a signing key. Remove it, and a new one is made.`);
}

// Not JSON.parse's own error: it quotes what it read.
function parse(text: string): JWK | undefined {
  try {
    const key = JSON.parse(text) as JWK | null;
    return key?.kty === 'EC' && key.d ? key : undefined;
  } catch {
    return undefined;
  }
}

async function assemble(privateJwk: JWK): Promise<SigningKey> {
  const { d, ...publicPart } = privateJwk;
  const kid = await calculateJwkThumbprint(publicPart);
  return {
    privateKey: (await importJWK(privateJwk, ALGORITHM)) as CryptoKey,
    publicJwk: { ...publicPart, kid, alg: ALGORITHM, use: 'sig' },
    deviceSecret: Buffer.from(hkdfSync('sha256', Buffer.from(d!, 'base64url'), '', 'device-cookie', 32)),
  };
}
