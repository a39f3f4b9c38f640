import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, invalidOption } from '../../core/options.js';
import { urlFault } from '../../kit/keys/trusted-url.js';
import { IntrospectionClient } from './introspection-client.js';

/** The client of this API at the issuer, with which it asks about tokens (RFC 7662). */
export interface IntrospectionOptions {
  /** Where to ask. Default: what the issuer's discovery document names. */
  readonly endpoint?: string;
  /** The id of the client. */
  readonly clientId: string;
  /** The secret of the client, sent in `Authorization: Basic`. `undefined`, as from an environment variable that is not set, does not start. */
  readonly clientSecret: string | undefined;
}

/**
 * Checks the `introspection` option of an issuer, which stands at `path`.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`
 */
export function resolveIntrospection(path: string, raw: unknown, issuer: string): IntrospectionClient {
  const options = checkOptions(path, raw, ['endpoint', 'clientId', 'clientSecret']);
  const clientId = credential(`${path}.clientId`, options['clientId']);
  const clientSecret = credential(`${path}.clientSecret`, options['clientSecret']);
  const { endpoint } = options;
  if (endpoint === undefined) {
    const fault = urlFault(issuer) ?? (issuer.includes('?') ? 'has a query' : undefined);
    if (fault) {
      const problem = 'is missing, and cannot be discovered by the name of the issuer';
      throw new SecurityConfigError('option.missing', `${path}.endpoint`, problem, EXAMPLE);
    }
  } else {
    if (typeof endpoint !== 'string') throw invalidOption(`${path}.endpoint`, endpoint, EXAMPLE);
    const fault = urlFault(endpoint);
    if (fault) throw new SecurityConfigError('option.invalid', `${path}.endpoint`, fault, EXAMPLE);
  }
  return new IntrospectionClient(issuer, { clientId, clientSecret, endpoint });
}

const EXAMPLE = "write 'https://id.example.com/introspect'";

function credential(path: string, raw: unknown): string {
  if (raw === undefined || raw === null || raw === '') {
    const fix = 'register a client for this API at the issuer, and write its id and secret';
    throw new SecurityConfigError('option.missing', path, raw === '' ? 'is empty' : 'is missing', fix);
  }
  // RFC 6749 appendix A: what an id and a secret may consist of.
  if (typeof raw !== 'string' || !/^[\x20-\x7e]+$/.test(raw))
    throw invalidOption(path, raw, 'write ASCII characters without control characters');
  return raw;
}
