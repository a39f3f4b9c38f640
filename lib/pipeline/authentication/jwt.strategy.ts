import type { Type } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { randomUUID } from 'node:crypto';
import passport from 'passport';
import passportJwt from 'passport-jwt';
import type { Verdict } from '../../core/credential.js';
import type { Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import { rawRequest } from '../../core/request-facts.js';
import { admitted, type AcceptedCredentials } from './accepted-credentials.js';
import type { CredentialReader } from './credential-reader.js';
import type { TokenVerifier } from './token-verifier.js';

/** Injection token of the {@link JwtStrategy}. */
export const JWT_STRATEGY = Symbol('nestjs-gatehouse:jwt-strategy');

/** The strategy as passport knows it. */
export interface JwtStrategy {
  /** Unique to the module instance: passport is one for the whole process, and a second strategy of a name replaces the first. */
  readonly name: string;
  /** Has the verifier fetch its keys in the background. */
  onApplicationBootstrap(): void;
  /** What it takes. */
  readonly accepted: AcceptedCredentials;
  /** Takes it out of passport again. */
  onApplicationShutdown(): void;
}

/** What passport-jwt's strategy and passport give a subclass. Written down here, so that their types are in none of ours. */
interface StrategyBase {
  readonly name: string;
  success(principal: Principal): void;
  fail(denial: Denial): void;
  error(error: unknown): void;
}

const Base = passportJwt.Strategy as unknown as Type<StrategyBase>;

/**
 * Registers a `passport-jwt` strategy that verifies with a {@link TokenVerifier}: jsonwebtoken, which passport-jwt would call, is
 * never run.
 *
 * @example
 * ```ts
 * const strategy = createJwtStrategy(new TokenVerifier(settings), reader, acceptedCredentials(['jwt'], settings));
 * ```
 */
export function createJwtStrategy(
  verifier: TokenVerifier,
  reader: CredentialReader,
  accepted: AcceptedCredentials,
): JwtStrategy {
  const name = `nestjs-gatehouse:${randomUUID()}`;

  class VerifierStrategy extends PassportStrategy(Base, name) implements JwtStrategy {
    override readonly name = name;
    readonly accepted = accepted;

    constructor() {
      // passport-jwt asks for both and would use them in the method that is replaced below.
      super({ jwtFromRequest: refuse, secretOrKeyProvider: refuse });
    }

    // passport calls it on an object of its own whose prototype is this one.
    authenticate(request: unknown): void {
      const credential = admitted(reader.read(rawRequest(request).rawHeaders), accepted);
      if ('denial' in credential) return this.fail(credential.denial);
      const verdict = verifier.identify(credential.value);
      if (!(verdict instanceof Promise)) return settle(this, verdict);
      verdict.then(
        (later) => settle(this, later),
        (error: unknown) => this.error(error),
      );
    }

    validate(): never {
      return refuse();
    }

    onApplicationBootstrap(): void {
      verifier.prepare();
    }

    onApplicationShutdown(): void {
      passport.unuse(name);
    }
  }
  return new VerifierStrategy();
}

function settle(strategy: StrategyBase, verdict: Verdict): void {
  if ('denial' in verdict) strategy.fail(verdict.denial);
  else strategy.success(verdict.principal);
}

function refuse(): never {
  throw new Error('jsonwebtoken is not used');
}
