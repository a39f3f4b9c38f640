import type { SecurityTypes } from '../../../core/security-types.js';

/** Why a policy refuses: the union declared in {@link SecurityTypes}, else any `string`. For the security log alone. */
export type RefusalCode = SecurityTypes extends { refusal: infer R extends string } ? R : string;

/** What an obligation is called: the union declared in {@link SecurityTypes}, else any `string`. */
export type ObligationName = SecurityTypes extends { obligation: infer O extends string } ? O : string;

/** What has to be done before the handler may run: by the handler of `authorization.obligations` that has its name. */
export interface Obligation {
  readonly name: ObligationName;
  /** What that handler has to know. */
  readonly value?: unknown;
}

/** A policy admits, under obligations. Made by {@link allow} alone: `true` admits nobody. */
export class Allowed {
  // Nominal: no object of another make is an answer, one that inherits from an answer included.
  readonly #obligations: readonly Obligation[];

  /** @internal */
  constructor(obligations: readonly Obligation[]) {
    this.#obligations = obligations;
  }

  /** Whether it was made by {@link allow}. */
  static is(decision: unknown): decision is Allowed {
    return typeof decision === 'object' && decision !== null && #obligations in decision;
  }

  get obligations(): readonly Obligation[] {
    return this.#obligations;
  }
}

/** A policy refuses. Made by {@link deny}. */
export class Denied {
  readonly #code: RefusalCode;

  /** @internal */
  constructor(code: RefusalCode) {
    this.#code = code;
  }

  /** Whether it was made by {@link deny}. */
  static is(decision: unknown): decision is Denied {
    return typeof decision === 'object' && decision !== null && #code in decision;
  }

  get code(): RefusalCode {
    return this.#code;
  }
}

/** What a policy answers. Whatever else it returns admits nobody. */
export type PolicyDecision = Allowed | Denied;

const FREELY = new Allowed([]);

/**
 * The answer of a policy that admits. Every obligation has to be fulfilled before the handler runs; one that nobody knows refuses.
 *
 * @see https://docs.oasis-open.org/xacml/3.0/xacml-3.0-core-spec-os-en.html §7.18
 * @example
 * ```ts
 * return allow({ name: 'record-refund', value: { total: order.total } });
 * ```
 */
export function allow(...obligations: readonly Obligation[]): Allowed {
  return obligations.length === 0 ? FREELY : new Allowed([...obligations]);
}

/**
 * The answer of a policy that refuses. The code stands in the security log, behind the name of the policy; the client sees a 403, or
 * the 404 of a missing object where it may not know of this one.
 *
 * @param code a word of the application: letters, digits, `.`, `_` and `-`. Never input.
 * @throws {TypeError} without a code: the policy then gives no answer
 * @example
 * ```ts
 * return deny('too-late');
 * ```
 */
export function deny(code: RefusalCode): Denied {
  if (typeof code !== 'string') throw new TypeError("A refusal says why: deny('too-late').");
  return new Denied(code);
}
