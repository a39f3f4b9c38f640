import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { GuardCall } from '../../core/control.js';
import type { Decision, MaybePromise } from '../../core/decision.js';
import { guardCallOf } from '../../core/guard-call.js';
import type { Principal } from '../../core/principal.js';
import { REPORTER, type Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { JWT_STRATEGY, type JwtStrategy } from './jwt.strategy.js';
import { TokenVerifier, type Verdict } from './token-verifier.js';

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
    return call.facts.principal ? true : this.#askPassport(call);
  }

  /**
   * Finds out who is calling and writes it into the facts and to `request.user`: the stage of `SecurityGuard`. It asks the verifier
   * itself, which needs no promise where the keys are at hand; passport would take several for each new token.
   */
  identify(call: GuardCall): MaybePromise<Decision> {
    if (call.facts.principal) return undefined;
    const seen = this.verifier.read(call.raw.rawHeaders);
    const verdict = 'token' in seen ? this.verifier.verify(seen.token) : seen;
    return verdict instanceof Promise ? verdict.then((later) => adopt(later, call)) : adopt(verdict, call);
  }

  /** What passport hands over: the principal, or the denial as its `info`. Without a principal nobody gets through. */
  override handleRequest<T>(error: unknown, principal: unknown, info: unknown): T {
    if (error) throw error;
    if (!principal) throw new SecurityDenial(isTokenDenial(info) ? info : { reason: 'token.missing' });
    return principal as T;
  }

  async #askPassport(call: GuardCall): Promise<true> {
    const { facts, raw, request } = call;
    try {
      await super.canActivate(call.context);
    } catch (error) {
      if (error instanceof SecurityDenial) this.reporter.denied(error.denial, facts, raw);
      throw error;
    }
    adopt({ principal: request.user as Principal }, call);
    return true;
  }
}

function adopt(verdict: Verdict, { facts, request }: GuardCall): Decision {
  if ('denial' in verdict) return verdict.denial;
  facts.principal = verdict.principal;
  request.user = verdict.principal;
  return undefined;
}

function isTokenDenial(info: unknown): info is SecurityDenial['denial'] {
  return typeof info === 'object' && info !== null && 'reason' in info;
}
