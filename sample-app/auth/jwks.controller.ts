import { Controller, Get, Inject } from '@nestjs/common';
import { ANYONE, ExposeFor, Public, Returns } from 'nestjs-gatehouse';
import { SHOP_KEYS, type ShopKeys } from './shop-keys.js';

/** A public key. What is not listed here (the private `d`) cannot leave. */
export class PublicJwk {
  @ExposeFor(ANYONE) kty!: string;
  @ExposeFor(ANYONE) crv!: string;
  @ExposeFor(ANYONE) x!: string;
  @ExposeFor(ANYONE) y!: string;
  @ExposeFor(ANYONE) kid!: string;
  @ExposeFor(ANYONE) alg!: string;
  @ExposeFor(ANYONE) use!: string;
}

/** A JWK set, RFC 7517 §5. */
export class Jwks {
  @ExposeFor(ANYONE, { type: () => PublicJwk })
  keys!: PublicJwk[];
}

/** Shows the public keys by which anyone can verify the shop's tokens. */
@Controller('.well-known')
export class JwksController {
  constructor(@Inject(SHOP_KEYS) private readonly keys: ShopKeys) {}

  @Get('jwks.json')
  @Public('public keys are public')
  @Returns(Jwks)
  jwks(): Jwks {
    return { keys: this.keys.ring.jwks().keys as PublicJwk[] };
  }
}
