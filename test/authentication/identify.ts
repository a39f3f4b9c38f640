import type { TokenVerifier, Verdict } from '../../lib/pipeline/authentication/token-verifier.js';

/** What the pipeline does with these `Authorization` headers, without HTTP around it. */
export async function identify(verifier: TokenVerifier, authorization: string | string[]): Promise<Verdict> {
  const values = Array.isArray(authorization) ? authorization : [authorization];
  const seen = verifier.read(['Host', 'api.test', ...values.flatMap((value) => ['Authorization', value])]);
  return 'token' in seen ? verifier.verify(seen.token) : seen;
}
