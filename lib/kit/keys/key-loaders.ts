import { FetchFailure, fetchJson } from './fetch-json.js';
import { urlFault } from './trusted-url.js';
import type { Jwk } from './verification-key.js';

/** Fetches the JWKs of an issuer. Rejects with a {@link FetchFailure}. */
export type KeyLoader = (signal: AbortSignal) => Promise<readonly Jwk[]>;

/** Loads the keys from a JWKS address (RFC 7517 §5). */
export function fromJwks(url: string): KeyLoader {
  return async (signal) => {
    const { keys } = await fetchJson(url, signal);
    if (!Array.isArray(keys) || keys.some((key) => typeof key !== 'object' || key === null)) {
      throw new FetchFailure('it did not answer with a JWK set');
    }
    return keys as Jwk[];
  };
}

/**
 * Loads the keys of an issuer by its discovery document. The document must name the very issuer, and a safe address.
 *
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export function fromDiscovery(issuer: string): KeyLoader {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  return async (signal) => {
    const { issuer: named, jwks_uri: url } = await fetchJson(address, signal);
    if (named !== issuer) throw new FetchFailure('its discovery document names another issuer');
    if (typeof url !== 'string' || urlFault(url) !== undefined)
      throw new FetchFailure('its jwks_uri is missing or not https');
    if (issuer.startsWith('https:') && !url.startsWith('https:'))
      throw new FetchFailure('its jwks_uri is not https');
    return fromJwks(url)(signal);
  };
}
