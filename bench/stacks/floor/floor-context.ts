import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { securityHeaders } from '../../../lib/pipeline/edge/security-headers.js';
import { LIMIT, ORIGIN, RECEIPT, WINDOW, type ShopOptions } from '../../shop/shop.options.js';
import { Rate } from './rate.js';
import { tokenCheck, type FloorCaller } from './token-check.js';

/** A request of either adapter. */
export interface FloorRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly params: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly raw?: IncomingMessage;
  readonly socket: IncomingMessage['socket'];
  floorId?: string;
  caller?: FloorCaller;
  order?: object;
}

/** What the guard, the interceptor and the filter of the floor share. */
export class FloorContext {
  readonly token: ReturnType<typeof tokenCheck>;
  readonly addresses = new Rate(LIMIT, WINDOW);
  readonly users = new Rate(LIMIT, WINDOW);
  readonly receipts = new Rate(RECEIPT.limit, RECEIPT.ttl);
  // Made at boot, as ours are: they are the same, and cost no request anything.
  readonly #headers = securityHeaders().flat();
  #lines = '';

  constructor({ verification }: ShopOptions) {
    this.token = tokenCheck(verification);
  }

  /** Sets the headers that `nestjs-gatehouse` sets, and gives the request its id. */
  begin(request: FloorRequest, response: ServerResponse): void {
    for (let i = 0; i < this.#headers.length; i += 2) {
      response.setHeader(this.#headers[i]!, this.#headers[i + 1]!);
    }
    request.floorId = randomUUID();
    response.setHeader('X-Request-Id', request.floorId);
    response.setHeader('Vary', 'Origin');
    if (request.headers.origin !== ORIGIN) return;
    response.setHeader('Access-Control-Allow-Origin', ORIGIN);
    response.setHeader(
      'Access-Control-Expose-Headers',
      'X-Request-Id, Retry-After, RateLimit, RateLimit-Policy',
    );
  }

  /** The client's address: what the one proxy says, where it is ours. */
  addressOf({ headers, socket, raw }: FloorRequest): string {
    const peer = (raw?.socket ?? socket).remoteAddress ?? '';
    const forwarded = headers['x-forwarded-for'];
    if (peer !== '127.0.0.1' || typeof forwarded !== 'string') return peer;
    return forwarded.slice(forwarded.lastIndexOf(',') + 1).trim();
  }

  /** One line of the security log; the lines of a turn go out in one write. */
  log(line: string): void {
    if (this.#lines === '') {
      setImmediate(() => {
        process.stdout.write(this.#lines);
        this.#lines = '';
      });
    }
    this.#lines += line;
  }
}
