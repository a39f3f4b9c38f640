import { Controller, Get } from '@nestjs/common';
import type { JsonWebKey } from 'node:crypto';
import type { JWK } from 'jose';
import type { Principal } from '../../lib/core/principal.js';
import { Authenticated } from '../../lib/pipeline/authentication/authenticated.decorator.js';
import type { AuthenticationOptions } from '../../lib/pipeline/authentication/authentication.options.js';
import { CurrentUser } from '../../lib/pipeline/authentication/current-user.decorator.js';
import { Public } from '../../lib/pipeline/authentication/public.decorator.js';

declare const jwk: JWK & { readonly kid: string };
declare const nodeJwk: JsonWebKey;
const own = { issuer: 'shop', audience: 'shop-api' };

export const options: AuthenticationOptions[] = [
  { issuer: 'https://id.example.com/', audience: ['a', 'b'] },
  { ...own, secret: process.env['JWT_SECRET'] },
  { ...own, keys: [jwk, nodeJwk, '-----BEGIN PUBLIC KEY-----'] },
  { ...own, keys: { keys: [jwk] }, algorithms: ['ES256'], profile: 'oidc-compat', tokenCache: false },
  // @ts-expect-error an issuer is needed
  { audience: 'api' },
  // @ts-expect-error an audience is needed
  { issuer: 'shop' },
  // @ts-expect-error there is no such algorithm
  { ...own, algorithms: ['none'] },
];

@Controller()
@Authenticated()
@Public('a reason')
export class Routes {
  @Get() @Public('load balancer probe') open() {}

  // @ts-expect-error a reason is needed
  @Get() @Public() withoutReason() {}

  // @ts-expect-error a reason is text
  @Get() @Public(true) oddReason() {}

  // @ts-expect-error a decorator of parameters
  @Get() @CurrentUser() misplaced() {}

  @Get() me(@CurrentUser() user: Principal): string {
    // @ts-expect-error nothing may be written to a principal
    user.id = 'root';
    return user.id;
  }
}
