import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { throwError } from 'rxjs';
import { rawRequest, rawResponse, type RequestFacts } from '../../../core/request-facts.js';
import type { Refusals } from './refusals.js';

/** What the problems need of the edge: to know a request that failed before it came there. */
export interface FactsSource {
  factsFor(raw: IncomingMessage, response: ServerResponse): RequestFacts;
}

/** What an adapter hands out as the response. */
interface Reply {
  /** Fastify: tells it that the answer is given on Node's own response. */
  hijack?(): void;
}

const GENERIC = 'Internal Server Error';

/**
 * Answers everything that is thrown with `application/problem+json` (RFC 9457), and never with anything that the exception says of
 * itself. See {@link ProblemException} for an answer that the application words.
 *
 * @example
 * ```ts
 * SecurityModule.forRoot({ problems: { before: [OutOfStockFilter] } }); // the application's own filter, first
 * ```
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly refusals: Refusals,
    private readonly edge: FactsSource,
  ) {}

  /** Answers a request in which something was thrown. */
  catch(thrown: unknown, host: ArgumentsHost): unknown {
    const kind = host.getType<string>();
    if (kind === 'rpc') return throwError(() => ({ status: 'error', message: GENERIC }));
    if (kind !== 'http') throw new Error(GENERIC);
    const http = host.switchToHttp();
    const raw = rawRequest(http.getRequest());
    const reply = http.getResponse<Reply>();
    const response = rawResponse(reply);
    // In a middleware of Fastify the response is Node's own, and there is nothing to take over.
    if (response !== reply) reply.hijack?.();
    this.refusals.fail(thrown, this.edge.factsFor(raw, response), raw, response);
    return undefined;
  }
}
