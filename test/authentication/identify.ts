import type { TokenVerifier, Verdict } from '../../lib/pipeline/authentication/token-verifier.js';

/** What the pipeline does with these `Authorization` headers, without HTTP around it. */
export async function identify(verifier: TokenVerifier, authorization: string | string[]): Promise<Verdict> {
  const values = Array.isArray(authorization) ? authorization : [authorization];
  const bearer = verifier.read(['Host', 'api.test', ...values.flatMap((value) => ['Authorization', value])]);
  if ('denial' in bearer) return bearer;
  const principal = verifier.recall(bearer.token);
  return principal ? { principal } : verifier.verify(bearer.token);
}
