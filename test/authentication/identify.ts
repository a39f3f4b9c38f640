import type { CredentialMethod, Verdict } from '../../lib/core/credential.js';
import { acceptedCredentials, admitted } from '../../lib/pipeline/authentication/accepted-credentials.js';
import { CredentialReader } from '../../lib/pipeline/authentication/credential-reader.js';
import { TokenDenials } from '../../lib/pipeline/authentication/token-denials.js';
import type { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';

const accepted = acceptedCredentials(['jwt'] satisfies CredentialMethod[], { realm: 'api' });

/** A reader for an API without API keys and cookies. */
export const reader = new CredentialReader({ apiKeys: false }, new TokenDenials('api'));

/** What the pipeline does with these `Authorization` headers, without HTTP around it. */
export async function identify(verifier: TokenVerifier, authorization: string | string[]): Promise<Verdict> {
  const values = Array.isArray(authorization) ? authorization : [authorization];
  const rawHeaders = ['Host', 'api.test', ...values.flatMap((value) => ['Authorization', value])];
  const seen = admitted(reader.read(rawHeaders), accepted);
  return 'denial' in seen ? seen : verifier.identify(seen.value);
}
