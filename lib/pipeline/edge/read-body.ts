import type { IncomingMessage } from 'node:http';
import type { Denial } from '../../core/decision.js';
import { TOO_LARGE } from './content-rules.js';

/**
 * Reads a body of at most `limit` bytes, chunked or not, and calls `done` once: with the bytes, or with the denial. A client that
 * goes away before the end gets nothing, and `done` is not called.
 */
export function readBody(
  raw: IncomingMessage,
  limit: number,
  done: (denial: Denial | undefined, bytes: Buffer) => void,
): void {
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (denial: Denial | undefined, bytes: Buffer): void => {
    raw.off('data', onData).off('end', onEnd);
    done(denial, bytes);
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > limit) finish(TOO_LARGE, NOTHING);
    else chunks.push(chunk);
  };
  const onEnd = (): void =>
    finish(undefined, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
  // Without a listener the error of an aborted request would end the process.
  raw.on('error', () => {});
  raw.on('data', onData).on('end', onEnd);
}

const NOTHING = Buffer.alloc(0);
