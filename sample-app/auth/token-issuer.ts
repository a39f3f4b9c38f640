import { Inject, Injectable } from '@nestjs/common';
import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { API_KEY_SCOPES } from '../api-keys/api-key.dto.js';
import { ALGORITHM, SIGNING_KEY, type SigningKey } from './signing-key.js';

/** The `iss` of the shop's tokens. */
export const ISSUER = 'https://shop.example';

/** The `aud` of the shop's tokens. */
export const AUDIENCE = 'https://api.shop.example';

/** How long an access token lives, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** What a user may, as far as API keys share it. */
const SCOPE = API_KEY_SCOPES.join(' ');

/** Makes access tokens in the profile of RFC 9068. */
@Injectable()
export class TokenIssuer {
  constructor(@Inject(SIGNING_KEY) private readonly key: SigningKey) {}

  /** An access token for a user with the roles that they have now. */
  issue(user: { readonly id: string; readonly roles: readonly string[] }): Promise<string> {
    return new SignJWT({ roles: [...user.roles], scope: SCOPE })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'at+jwt', kid: this.key.publicJwk.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(user.id)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(`${ACCESS_TOKEN_SECONDS}s`)
      .sign(this.key.privateKey);
  }
}
