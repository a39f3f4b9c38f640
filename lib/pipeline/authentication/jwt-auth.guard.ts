import { Inject, Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { GuardCall } from '../../core/control.js';
import { API_KEY_VERIFIER, type CredentialVerifier, type Verdict } from '../../core/credential.js';
import type { Decision, MaybePromise } from '../../core/decision.js';
import { guardCallOf } from '../../core/guard-call.js';
import type { Principal } from '../../core/principal.js';
import { REPORTER, type Reporter } from '../../core/reporter.js';
import { SecurityDenial } from '../../core/security-denial.js';
import type { StateAsk } from '../../core/state-ask.js';
import { StateTrip } from '../../kit/state/state-trip.js';
import { admitsKnown, admitted, type AcceptedCredentials } from './accepted-credentials.js';
import { CredentialReader, type Credential } from './credential-reader.js';
import { CSRF_PROTECTION, type CsrfProtection } from './csrf.js';
import { JWT_STRATEGY, type JwtStrategy } from './jwt.strategy.js';
import { ProofOfPossession } from './proof-of-possession.js';
import type { Requirement } from './requirements.js';
import { Revocation } from './revocation.js';
import { SAFE_METHODS } from './safe-methods.js';
import { TokenVerifier } from './token-verifier.js';

/**
 * Admits callers with a valid access token and nobody else. `SecurityGuard` does the same for every route that is not public; this one
 * is for `@UseGuards`, and does nothing where the caller is already known. On a public route it is the finding `access.contradiction`;
 * where it is global, it asks for a token there too, after the limits: the caller's own do not hold.
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
    @Inject(JWT_STRATEGY) private readonly strategy: JwtStrategy,
    @Inject(CredentialReader) private readonly reader: CredentialReader,
    @Inject(TokenVerifier) private readonly verifier: TokenVerifier,
    @Inject(API_KEY_VERIFIER) private readonly apiKeys: CredentialVerifier | undefined,
    @Inject(REPORTER) private readonly reporter: Reporter,
    @Inject(ProofOfPossession) private readonly possession: ProofOfPossession,
    @Inject(CSRF_PROTECTION) private readonly csrf: CsrfProtection | undefined,
    @Inject(Revocation) private readonly revocation: Revocation,
    @Inject(StateTrip) private readonly trip: StateTrip,
  ) {
    const options = Object.freeze({ defaultStrategy: strategy.name });
    super(options);
    // Its base class has Nest write the PassportModule options of the module at hand here: another strategy would decide.
    Object.defineProperty(this, 'options', { get: () => options, set: () => {} });
  }

  override canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const call = guardCallOf(context);
    return call.facts.principal ? true : this.#askPassport(call);
  }

  /** Whether API keys can be verified. */
  get hasApiKeys(): boolean {
    return this.apiKeys !== undefined;
  }

  /** Whether an access token in a cookie is taken as well. */
  get takesCookies(): boolean {
    return this.csrf !== undefined;
  }

  /**
   * Finds out who is calling and writes it into the facts and to `request.user`: the stage of `SecurityGuard`. The kind of credential
   * chooses the one verifier that is asked. Whether a token was revoked it asks along with the limits. It asks the verifier itself, which
   * needs no promise where the keys are at hand; passport would take several for each new token.
   */
  identify(call: GuardCall, accepted: AcceptedCredentials): MaybePromise<Decision> {
    const { requirement } = accepted;
    const { principal } = call.facts;
    if (principal) return admitsKnown(principal, accepted) ?? requirement?.(principal);
    const credential = admitted(this.reader.read(call.raw.rawHeaders), accepted);
    if ('denial' in credential) return credential.denial;
    const verdict =
      credential.kind === 'api-key'
        ? this.apiKeys!.verify(credential.value)
        : this.verifier.identify(credential.value);
    return verdict instanceof Promise
      ? verdict.then((later) => this.#adopt(later, credential, call, requirement))
      : this.#adopt(verdict, credential, call, requirement);
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
      const verdict = { principal: request.user as Principal };
      const { accepted } = this.strategy;
      const credential = admitted(this.reader.read(raw.rawHeaders), accepted);
      const denial =
        'denial' in credential
          ? credential.denial
          : (this.#adopt(verdict, credential, call, accepted.requirement) ?? (await this.trip.run(facts)));
      if (denial) throw new SecurityDenial(denial);
    } catch (error) {
      if (error instanceof SecurityDenial) this.reporter.denied(error.denial, facts, raw);
      throw error;
    }
    return true;
  }

  #adopt(
    verdict: Verdict,
    credential: Credential,
    call: GuardCall,
    requirement: Requirement | undefined,
  ): Decision {
    if ('denial' in verdict) return this.possession.refusal(credential, verdict.denial);
    const { principal } = verdict;
    const { facts, request, raw } = call;
    if (credential.kind === 'cookie') {
      const forged = this.csrf!.check(raw, principal);
      if (forged) return forged;
    }
    let proof: StateAsk | undefined;
    if (this.possession.concerns(credential, principal)) {
      const possession = this.possession.check(credential, principal, call);
      if ('denial' in possession) return possession.denial;
      proof = possession.ask;
    }
    const unmet = requirement?.(principal);
    if (unmet) return unmet;
    if (this.revocation.enabled && principal.method === 'jwt') {
      // Before it is anybody's request: it is charged to its address, as a refused token, and not to the owner.
      const revoked = this.revocation.recall(principal);
      if (revoked) return revoked;
      facts.ask(this.revocation.askFor(principal, !SAFE_METHODS.has(raw.method!)));
    }
    // Last, because it uses the proof up.
    if (proof) facts.ask(proof);
    facts.principal = principal;
    request.user = principal;
    return undefined;
  }
}

function isTokenDenial(info: unknown): info is SecurityDenial['denial'] {
  return typeof info === 'object' && info !== null && 'reason' in info;
}
