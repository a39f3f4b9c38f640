import { createHmac, timingSafeEqual, verify, type KeyObject } from 'node:crypto';
import { AUDIENCE, ISSUER, type Algorithm, type Verification } from '../../shop/shop.options.js';

/** Who calls, as a verified token says. Times in seconds. */
export interface FloorCaller {
  readonly id: string;
  readonly roles: readonly string[];
  readonly expires: number;
}

interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly roles: readonly string[];
  readonly exp: number;
}

const MOST = 1000;

/** Verifies a token: one signature check a token, then a look-up and its expiry. */
export function tokenCheck({ algorithm, key }: Verification): (token: string) => FloorCaller | undefined {
  const isSigned = signatureCheck(algorithm, key);
  const known = new Map<string, FloorCaller>();
  const header = Buffer.from(JSON.stringify({ alg: algorithm, typ: 'at+jwt' })).toString('base64url');
  return (token) => {
    const now = Date.now() / 1000;
    const seen = known.get(token);
    if (seen !== undefined) return seen.expires > now ? seen : undefined;
    const first = token.indexOf('.');
    const second = token.indexOf('.', first + 1);
    if (token.slice(0, first) !== header || second < 0) return undefined;
    if (!isSigned(Buffer.from(token.slice(0, second)), Buffer.from(token.slice(second + 1), 'base64url'))) {
      return undefined;
    }
    const claims = JSON.parse(Buffer.from(token.slice(first + 1, second), 'base64url').toString()) as Claims;
    if (claims.iss !== ISSUER || claims.aud !== AUDIENCE || !(claims.exp > now)) return undefined;
    const caller = { id: claims.sub, roles: claims.roles, expires: claims.exp };
    if (known.size === MOST) known.clear();
    known.set(token, caller);
    return caller;
  };
}

/** The bare signature check of an algorithm: nothing that verifies can cost less. */
export function signatureCheck(
  algorithm: Algorithm,
  key: KeyObject,
): (signed: Buffer, signature: Buffer) => boolean {
  switch (algorithm) {
    case 'RS256':
      return (signed, signature) => verify('sha256', signed, key, signature);
    case 'ES256':
      return (signed, signature) => verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
    case 'EdDSA':
      return (signed, signature) => verify(null, signed, key, signature);
    default:
      return (signed, signature) => {
        const mac = createHmac('sha256', key).update(signed).digest();
        return mac.length === signature.length && timingSafeEqual(mac, signature);
      };
  }
}
