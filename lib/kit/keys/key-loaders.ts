import { addressIn, discover } from './discovery.js';
import { FetchFailure, fetchJson } from './fetch-json.js';
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

/** Loads the keys of an issuer by its discovery document, which must name the very issuer and a safe address. */
export function fromDiscovery(issuer: string): KeyLoader {
  return async (signal) => {
    const url = addressIn(await discover(issuer, signal), 'jwks_uri', issuer);
    return fromJwks(url)(signal);
  };
}
