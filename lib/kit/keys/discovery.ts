import { FetchFailure, fetchJson } from './fetch-json.js';
import { urlFault } from './trusted-url.js';

/** What an issuer says of itself. */
export type IssuerMetadata = Readonly<Record<string, unknown>>;

/**
 * Fetches the discovery document of an issuer: that of OpenID Connect, and where there is none (404) that of OAuth. It must name the very
 * issuer.
 *
 * @throws {FetchFailure} where neither is there, or names another issuer
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-3
 */
export async function discover(issuer: string, signal: AbortSignal): Promise<IssuerMetadata> {
  const metadata = await fetchMetadata(issuer, signal);
  if (metadata['issuer'] !== issuer) throw new FetchFailure('its discovery document names another issuer');
  return metadata;
}

/**
 * An address that the discovery document of an issuer names: https, like the issuer; http on the loopback address, for tests.
 *
 * @throws {FetchFailure} where it is missing or not safe
 */
export function addressIn(metadata: IssuerMetadata, name: string, issuer: string): string {
  const url = metadata[name];
  if (typeof url !== 'string' || urlFault(url) !== undefined)
    throw new FetchFailure(`its ${name} is missing or not https`);
  if (issuer.startsWith('https:') && !url.startsWith('https:'))
    throw new FetchFailure(`its ${name} is not https`);
  return url;
}

async function fetchMetadata(issuer: string, signal: AbortSignal): Promise<IssuerMetadata> {
  try {
    return await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, signal);
  } catch (error) {
    if (!(error instanceof FetchFailure) || error.status !== 404) throw error;
  }
  // RFC 8414 §3.1 puts it before the path of the issuer, OpenID behind.
  const { origin, pathname } = new URL(issuer);
  return fetchJson(`${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`, signal);
}
