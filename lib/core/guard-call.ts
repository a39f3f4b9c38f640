import type { ExecutionContext } from '@nestjs/common';
import type { GuardCall, RequestView } from './control.js';
import { factsOf, rawRequest } from './request-facts.js';
import { SecurityDenial } from './security-denial.js';

/**
 * The request that a guard is asked about.
 *
 * @throws {SecurityDenial} `access.undeclared` for what is no HTTP request, and for one that the edge has not seen: the adapter was
 * replaced after boot, or it came another way.
 */
export function guardCallOf(context: ExecutionContext): GuardCall {
  if (context.getType() !== 'http') throw new SecurityDenial({ reason: 'access.undeclared' });
  const request = context.switchToHttp().getRequest<RequestView>();
  const raw = rawRequest(request);
  const facts = factsOf(raw);
  if (!facts) throw new SecurityDenial({ reason: 'access.undeclared' });
  return { context, request, raw, facts };
}
