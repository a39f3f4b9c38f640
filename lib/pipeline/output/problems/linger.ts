import type { IncomingMessage, ServerResponse } from 'node:http';

/** A rest of this many bytes is read to its end, so that the connection can be used again. */
const SMALL_REST = 64 * 1024;

/** How much of a larger one is read and thrown away, in bytes and in milliseconds, before the connection is closed. */
const LINGER_BYTES = 4 * 1024 * 1024;
const LINGER_MS = 1000;

/** Whether a request is answered while a large body, or one of unknown length, is still on its way. */
export function isStillSending(request: IncomingMessage): boolean {
  if (request.complete || request.destroyed) return false;
  if (request.headers['transfer-encoding'] !== undefined) return true;
  return Number(request.headers['content-length'] ?? 0) > SMALL_REST;
}

/**
 * Ends a response whose request is still being sent. The answer goes out at once; then what the client sends is read and thrown away
 * for a bounded while. Closing at once would reset the connection, and a client that is still writing would never see the answer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
export function endLingering(request: IncomingMessage, response: ServerResponse, body: string): void {
  response.write(body);
  let drained = 0;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', finish).off('close', finish);
    response.end();
  };
  const onData = (chunk: Buffer): void => {
    drained += chunk.length;
    if (drained > LINGER_BYTES) finish();
  };
  const timer = setTimeout(finish, LINGER_MS).unref();
  request.on('error', () => {});
  request.on('data', onData).on('end', finish).on('close', finish);
  request.resume();
}
