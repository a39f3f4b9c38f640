import { systemClock, type Clock } from '../../core/clock.js';
import type { GuardCall } from '../../core/control.js';
import type { Denial } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { StateAsk } from '../../core/state-ask.js';
import type { AuthenticationSettings } from './authentication.options.js';
import type { Credential } from './credential-reader.js';
import { DpopCheck } from './dpop/dpop-check.js';
import { dpopChallenge, DpopDenials } from './dpop/dpop-denials.js';
import { certificateInHeader, certificateOfSocket, isCertificate } from './mtls/client-certificate.js';
import type { MtlsSettings } from './mtls/mtls.options.js';
import { confirmationsOf, isConfirmable } from './other-tokens.js';
import { singleHeader } from './single-header.js';
import { TokenDenials } from './token-denials.js';

/** A token whose sender holds its key. `ask`: what has to be asked of shared state before that counts. */
export type Possession = { readonly ask: StateAsk | undefined } | { readonly denial: Denial };

/**
 * Checks that the sender of a token is the one to whom it is bound: by the key of a DPoP proof (RFC 9449), by the certificate of the
 * connection (RFC 8705), or by both where the token names both. A binding that cannot be checked here is not met (RFC 7800): to take a bound
 * token from whoever holds it would undo the binding.
 */
export class ProofOfPossession {
  readonly #denials: TokenDenials;
  readonly #dpopDenials: DpopDenials;
  readonly #dpop: DpopCheck | undefined;
  readonly #mtls: MtlsSettings | undefined;
  readonly #confirmations: ReadonlySet<string>;

  constructor(
    { realm, dpop, mtls }: Pick<AuthenticationSettings, 'realm' | 'dpop' | 'mtls'>,
    private readonly clock: Clock = systemClock,
  ) {
    this.#denials = new TokenDenials(realm);
    this.#dpopDenials = new DpopDenials(dpopChallenge(realm, dpop?.algorithms ?? []));
    if (dpop) this.#dpop = new DpopCheck(dpop, this.#dpopDenials);
    this.#mtls = mtls;
    this.#confirmations = confirmationsOf({ dpop, mtls });
  }

  /** Whether there is anything to check: the token is bound, or its sender says so. */
  concerns(credential: Credential, principal: Principal): boolean {
    return principal.claims['cnf'] !== undefined || credential.kind === 'dpop';
  }

  /** Whether the sender of a token is the one to whom it is bound. */
  check(credential: Credential, principal: Principal, call: GuardCall): Possession {
    const { cnf } = principal.claims;
    const isDpop = credential.kind === 'dpop';
    const no = (note: string): Possession => ({
      denial: isDpop ? this.#dpopDenials.binding(note) : this.#denials.of('token.binding', note),
    });
    if (cnf === undefined) return no('the scheme is DPoP, and the token is bound to no key');
    // Again, though the verifier has asked: whoever else made the principal has not.
    if (!isConfirmable(cnf, this.#confirmations)) return no('cnf names what is not checked here');
    const { jkt, 'x5t#S256': thumbprint } = cnf;
    if (thumbprint !== undefined) {
      const fault = this.#certificateFault(thumbprint, call);
      if (fault !== undefined) return no(fault);
    }
    if (jkt === undefined)
      return isDpop ? no('the scheme is DPoP, and the token is bound to no key') : { ask: undefined };
    // RFC 9449 §7.2: or whoever has got hold of it would leave the proof out.
    if (!isDpop)
      return {
        denial: this.#dpopDenials.binding(
          'a token that is bound to a key (cnf.jkt) came without the scheme DPoP',
        ),
      };
    return this.#dpop!.check(credential.value, jkt, call, this.clock());
  }

  /** A refusal of the token itself, with the challenge of the scheme by which it came. */
  refusal(credential: Credential, denial: Denial): Denial {
    return credential.kind === 'dpop' ? this.#dpopDenials.ofToken(denial) : denial;
  }

  #certificateFault(thumbprint: unknown, { raw, facts }: GuardCall): string | undefined {
    const { header } = this.#mtls!;
    let certificate: Buffer | undefined;
    if (!header) certificate = certificateOfSocket(raw.socket);
    else if (!facts.viaProxy)
      return 'the token is bound to a certificate, and no declared proxy says whose this connection is';
    else {
      const value = singleHeader(raw.rawHeaders, header.name);
      if (value === null) return 'two headers with a certificate';
      if (value !== undefined) certificate = certificateInHeader(value, header.format);
    }
    if (!certificate) return 'the token is bound to a certificate, and there is none';
    return isCertificate(certificate, thumbprint) ? undefined : 'the token is bound to another certificate';
  }
}
