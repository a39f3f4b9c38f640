import type { IncomingMessage, ServerResponse } from 'node:http';

/** Goes on to the next middleware, or to the error handler. */
export type Next = (error?: unknown) => void;

/** An Express middleware. The name of the function matters to Nest. */
export type Middleware = (raw: IncomingMessage, response: ServerResponse, next: Next) => void;

/** The part of an Express application that the edge uses. */
export interface ExpressApplication {
  disable?(setting: string): unknown;
}

/** The parts of Fastify's request and reply that the edge uses. */
export interface FastifyRequestLike {
  readonly raw: IncomingMessage;
  rawBody?: Buffer;
}

/** See {@link FastifyRequestLike}. */
export interface FastifyReplyLike {
  readonly raw: ServerResponse;
  /** Tells Fastify that the answer is given on the raw response. */
  hijack(): unknown;
}

/** A Fastify `onRequest` hook. */
export type OnRequest = (request: FastifyRequestLike, reply: FastifyReplyLike, done: Next) => void;

/** A Fastify body parser. */
export type ContentTypeParser = (
  request: FastifyRequestLike,
  body: Buffer,
  done: (error: Error | null, value?: unknown) => void,
) => void;

/** The part of a Fastify instance that the edge uses. */
export interface FastifyInstanceLike {
  addHook(name: 'onRequest', hook: OnRequest): unknown;
  after(callback: () => void): unknown;
  hasContentTypeParser(type: string): boolean;
  removeContentTypeParser(type: string): void;
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: ContentTypeParser,
  ): unknown;
}
