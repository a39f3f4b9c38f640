import type { ServerResponse } from 'node:http';
import type { FieldError } from '../../../core/problem.js';
import type { RequestFacts } from '../../../core/request-facts.js';
import { endLingering, isStillSending } from './linger.js';
import { problemBody, type ProblemHead } from './problem-body.js';

/** The media type of every failure. */
export const PROBLEM_TYPE = 'application/problem+json';

/** What a handler may have said about an answer that is not given now. */
const OF_ANOTHER_BODY = [
  'Content-Encoding',
  'Content-Disposition',
  'Content-Range',
  'Content-Language',
  'Accept-Ranges',
  'Transfer-Encoding',
  'ETag',
  'Last-Modified',
  'Expires',
] as const;

/** What goes with a problem beside its head. */
export interface ProblemDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly errors?: readonly FieldError[];
  /** For development alone. */
  readonly reason?: string;
}

/**
 * Writes problems on Node's own response, for both adapters and all the places where no filter runs. It never throws: an answer that
 * has already begun cannot become a problem, so its connection is cut.
 */
export class ProblemWriter {
  constructor(
    /** Whether a problem names its reason. Never in production. */
    private readonly development: boolean,
  ) {}

  /** Answers with a problem. */
  send(head: ProblemHead, details: ProblemDetails, facts: RequestFacts, response: ServerResponse): void {
    if (response.headersSent) {
      if (!response.writableEnded) response.destroy();
      return;
    }
    const reason = this.development ? details.reason : undefined;
    const body = problemBody(head, facts, details.errors, reason);
    try {
      this.sendBody(head.status, body, details.headers, response);
    } catch {
      response.destroy();
    }
  }

  private sendBody(
    status: number,
    body: string,
    headers: Readonly<Record<string, string>> | undefined,
    response: ServerResponse,
  ): void {
    for (const name of OF_ANOTHER_BODY) response.removeHeader(name);
    response.statusCode = status;
    response.statusMessage = '';
    response.setHeader('Content-Type', PROBLEM_TYPE);
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.setHeader('Cache-Control', 'no-store');
    for (const name in headers) response.setHeader(name, headers[name]!);
    const { req } = response;
    if (!isStillSending(req)) {
      response.end(body);
      return;
    }
    response.setHeader('Connection', 'close');
    endLingering(req, response, body);
  }
}
