import type { TokenProfile } from './issuer.options.js';
import type { JsonObject } from './token-format.js';

const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash'];
const ACCESS_USES: readonly unknown[] = ['access', 'access_token'];

/**
 * Why a token of a trusted issuer is not an access token that may be shown as it is, or `undefined`: an ID token, a logout or event
 * token, a refresh token of Keycloak (which writes its kind into the claim `typ`) or Cognito (`token_use`), or a token bound to a key that its sender would
 * have to prove in a way that is none of `confirmations`, the members of `cnf` that are checked here.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-2.8
 */
export function refusedType(
  claims: JsonObject,
  profile: TokenProfile,
  confirmations: ReadonlySet<string>,
): string | undefined {
  // RFC 7800: to take a bound token from whoever holds it would undo the binding.
  if (Object.hasOwn(claims, 'cnf') && !isConfirmable(claims['cnf'], confirmations))
    return 'it is bound to a key of its sender (cnf), which is not checked here';
  if (Object.hasOwn(claims, 'events')) return 'it is a logout or event token (events)';
  if (profile === 'rfc9068') return undefined;
  const found = ID_TOKEN_CLAIMS.find((claim) => Object.hasOwn(claims, claim));
  if (found !== undefined) return `it is an ID token (${found}), not an access token (profile oidc-compat)`;
  const { typ = 'Bearer', token_use: use = 'access' } = claims;
  const telling = typ !== 'Bearer' ? 'typ' : ACCESS_USES.includes(use) ? undefined : 'token_use';
  return telling && `its claim ${telling} says that it is no access token (profile oidc-compat)`;
}

/** The members of `cnf` that are checked under these settings. */
export function confirmationsOf({
  dpop,
  mtls,
}: {
  readonly dpop: unknown;
  readonly mtls: unknown;
}): ReadonlySet<string> {
  return new Set([...(dpop ? ['jkt'] : []), ...(mtls ? ['x5t#S256'] : [])]);
}

/** Whether a `cnf` names nothing but what is checked here. RFC 7800 §3.1: one member, as a rule; each that is there has to be proven. */
export function isConfirmable(
  cnf: unknown,
  confirmations: ReadonlySet<string>,
): cnf is Readonly<Record<string, unknown>> {
  if (typeof cnf !== 'object' || cnf === null || Array.isArray(cnf)) return false;
  const names = Object.keys(cnf);
  return names.length > 0 && names.every((name) => confirmations.has(name));
}
