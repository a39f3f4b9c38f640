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
  { ...own, jwksUri: process.env['JWKS_URI'] },
  // @ts-expect-error one source of keys: a secret, or published keys
  { ...own, secret: 'x', jwksUri: 'https://id.example.com/jwks' },
  // @ts-expect-error one source of keys, also where one comes from the environment
  { ...own, secret: process.env['JWT_SECRET'], keys: [jwk] },
  // @ts-expect-error one source of keys: given, or published
  { ...own, keys: [jwk], jwksUri: 'https://id.example.com/jwks' },
  {
    issuers: [
      { ...own, secret: 'x' },
      { issuer: 'https://id.example.com/', audience: 'api' },
    ],
    realm: 'shop',
  },
  // @ts-expect-error one source of keys for each issuer
  { issuers: [{ ...own, secret: 'x', jwksUri: 'https://id.example.com/jwks' }] },
  // @ts-expect-error an audience for each issuer
  { issuers: [{ issuer: 'shop', secret: 'x' }] },
  {
    ...own,
    introspection: { clientId: 'a', clientSecret: process.env['SECRET'] },
    jwksUri: 'https://id.example.com/jwks',
  },
  // @ts-expect-error a secret for the client
  { ...own, introspection: { clientId: 'a' } },
  // @ts-expect-error one issuer or several
  { ...own, issuers: [{ ...own, secret: 'x' }] },
  // @ts-expect-error the keys belong to an issuer
  { secret: 'x', issuers: [own] },
  // @ts-expect-error what is common to all stands beside the list
  { issuers: [{ ...own, revocation: true }] },
];

declare const fromTheEnvironment: { readonly secret: string; readonly jwksUri?: string };
// @ts-expect-error one source of keys, also by way of a variable
export const mixed: AuthenticationOptions = { ...own, ...fromTheEnvironment };

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
