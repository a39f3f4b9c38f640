import { randomBytes, randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Denial } from '../../../core/decision.js';
import { RequestFacts } from '../../../core/request-facts.js';
import { peerAddress } from '../../../kit/http/address.js';
import { headOf, problemBody } from './problem-body.js';
import { PROBLEM_TYPE } from './problem-writer.js';

/** Sets the security headers and the request id of an answer. */
export type Decorate = (
  response: { setHeader(name: string, value: string): unknown },
  facts: RequestFacts,
) => void;

const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

/** The denial that an error of Node's HTTP parser or of its timeouts stands for. */
export function clientErrorDenial(code: unknown): Denial {
  if (code === 'HPE_HEADER_OVERFLOW') return { reason: 'http.headers-too-large' };
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { reason: 'http.timeout' };
  return { reason: 'http.malformed', note: typeof code === 'string' && CODE.test(code) ? code : undefined };
}

/** The facts of what is no request: a new id, and the address of the socket. */
export function factsOfSocket(socket: Socket): RequestFacts {
  return new RequestFacts(randomUUID(), randomBytes(16).toString('hex'), peerAddress(socket), Date.now());
}

/**
 * A whole HTTP/1.1 answer as text, for a socket on which no response can be written.
 *
 * @param method of the request, where one could be read: the answer to a HEAD has no body.
 * @see https://nodejs.org/api/http.html#event-clienterror
 */
export function clientErrorAnswer(
  denial: Denial,
  facts: RequestFacts,
  decorate: Decorate,
  method?: string,
): string {
  const head = headOf(denial);
  const body = problemBody(head, facts);
  const lines = [
    `HTTP/1.1 ${head.status} ${STATUS_CODES[head.status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  for (const [name, value] of Object.entries(denial.headers ?? {})) lines.push(`${name}: ${value}`);
  decorate({ setHeader: (name: string, value: string) => lines.push(`${name}: ${value}`) }, facts);
  return `${lines.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`;
}
