import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { GuardCall } from '../../core/control.js';
import type { Decision, MaybePromise } from '../../core/decision.js';
import { guardCallOf } from '../../core/guard-call.js';
import type { Principal } from '../../core/principal.js';
import { REPORTER, type Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { JWT_STRATEGY, type JwtStrategy } from './jwt.strategy.js';
import { TokenVerifier } from './token-verifier.js';

/**
 * Admits callers with a valid access token and nobody else. `SecurityGuard` does the same for every route that is not public; this one
 * is for `@UseGuards`, and does nothing where the caller is already known.
 *
 * @throws {SecurityDenial} `token.*` (401 with an RFC 6750 challenge, 503 where the keys cannot be had), `access.undeclared` (no HTTP)
 * @see https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/
 * @example
 * ```ts
 * @UseGuards(JwtAuthGuard)
 * @Controller('reports') @Authenticated() class ReportsController {…}
 * ```
 */
@Injectable()
export class JwtAuthGuard extends AuthGuard() {
  constructor(
    @Inject(JWT_STRATEGY) { name }: JwtStrategy,
    @Inject(TokenVerifier) private readonly verifier: TokenVerifier,
    @Inject(REPORTER) private readonly reporter: Reporter,
  ) {
    const options = Object.freeze({ defaultStrategy: name });
    super(options);
    // Its base class has Nest write the PassportModule options of the module at hand here: another strategy would decide.
    Object.defineProperty(this, 'options', { get: () => options, set: () => {} });
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardCallOf(context);
    const decision = this.identify(call);
    return decision instanceof Promise
      ? decision.then((denial) => this.#settle(denial, call))
      : this.#settle(decision, call);
  }

  /**
   * Finds out who is calling and writes it into the facts and to `request.user`. A token that was verified before needs neither passport
   * nor a promise.
   */
  identify(call: GuardCall): MaybePromise<Decision> {
    if (call.facts.principal) return undefined;
    const bearer = this.verifier.read(call.raw.rawHeaders);
    if ('denial' in bearer) return bearer.denial;
    const principal = this.verifier.recall(bearer.token);
    return principal ? adopt(principal, call) : this.#askPassport(call);
  }

  /** What passport hands over: the principal, or the denial as its `info`. Without a principal nobody gets through. */
  override handleRequest<T>(error: unknown, principal: unknown, info: unknown): T {
    if (error) throw error;
    if (!principal) throw new SecurityDenial(isTokenDenial(info) ? info : { reason: 'token.missing' });
    return principal as T;
  }

  async #askPassport(call: GuardCall): Promise<Decision> {
    try {
      await super.canActivate(call.context);
    } catch (error) {
      if (error instanceof SecurityDenial) return error.denial;
      throw error;
    }
    return adopt(call.request.user as Principal, call);
  }

  #settle(denial: Decision, { facts, raw }: GuardCall): true {
    if (!denial) return true;
    this.reporter.denied(denial, facts, raw);
    throw new SecurityDenial(denial);
  }
}

function adopt(principal: Principal, { facts, request }: GuardCall): undefined {
  facts.principal = principal;
  request.user = principal;
}

function isTokenDenial(info: unknown): info is SecurityDenial['denial'] {
  return typeof info === 'object' && info !== null && 'reason' in info;
}
