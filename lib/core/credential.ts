import type { Denial, MaybePromise } from './decision.js';
import type { Principal } from './principal.js';

/** How a caller may prove who they are: `jwt`, an access token in the `Authorization` header or a cookie; `api-key`, an API key. */
export const CREDENTIAL_METHODS = ['jwt', 'api-key'] as const;

/** One of {@link CREDENTIAL_METHODS}. */
export type CredentialMethod = (typeof CREDENTIAL_METHODS)[number];

/** Whose credential it is, or why it is refused. */
export type Verdict = { readonly principal: Principal } | { readonly denial: Denial };

/** Verifies credentials of one kind that the application issues itself. Its promise rejects only where something of ours is broken. */
export interface CredentialVerifier {
  /** `value` is what the request carries, not looked at yet. */
  verify(value: string): MaybePromise<Verdict>;
}

/** Injection token of the {@link CredentialVerifier} of API keys; `undefined` where the application has none. */
export const API_KEY_VERIFIER = Symbol('nestjs-gatehouse:api-key-verifier');
