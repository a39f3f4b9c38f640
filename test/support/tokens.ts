import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A test issuer with a real key pair, and the options that trust it. */
export const issuer = {
  privateKey,
  publicKey,
  options: {
    issuer: 'https://issuer.test',
    audience: 'https://api.test',
    keys: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  },
};

/** An `Authorization` header for a subject with these roles. */
export async function bearer(
  subject: string,
  roles: readonly string[] = [],
  claims: Record<string, unknown> = {},
): Promise<string> {
  const token = await new SignJWT({ roles, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
    .setIssuer(issuer.options.issuer)
    .setAudience(issuer.options.audience)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime('10m')
    .setJti(randomUUID())
    .sign(privateKey);
  return `Bearer ${token}`;
}
