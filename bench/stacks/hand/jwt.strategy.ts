import { Injectable, type Type } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { AUDIENCE, ISSUER, type Verification } from '../../shop/shop.options.js';
import type { HandUser } from './decorators.js';

/**
 * The JWT strategy as the documentation shows it.
 *
 * @param parsed hands jsonwebtoken a parsed key, which is not in the documentation: it need not parse the text for each request.
 */
export function handJwtStrategy({ algorithm, key, text }: Verification, parsed: boolean): Type {
  @Injectable()
  class HandJwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        ignoreExpiration: false,
        // passport-jwt hands it on to jsonwebtoken, which takes a KeyObject; its types do not say so.
        secretOrKey: (parsed ? key : text) as string,
        algorithms: [algorithm as 'RS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
      });
    }

    validate(payload: { readonly sub: string; readonly roles: readonly string[] }): HandUser {
      return { id: payload.sub, roles: payload.roles };
    }
  }
  return HandJwtStrategy;
}
