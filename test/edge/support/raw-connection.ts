import { connect } from 'node:net';

/** What came over a connection until the server closed it, and how long that took, in milliseconds. */
export interface Closed {
  readonly text: string;
  readonly after: number;
}

/** No timeout of these tests is as long: what is still open then was not ended by one. */
const NEVER = 8000;

/**
 * Writes bytes to a raw socket, then one more of `drip` each 50 ms, and `next` when there is an answer, and waits until the server
 * closes the connection. Fails where it does not.
 */
export function untilClosed(
  port: number,
  bytes: string,
  { drip = '', next = '', host = '127.0.0.1' } = {},
): Promise<Closed> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host });
    const begun = Date.now();
    let text = '';
    let sent = 0;
    const dripping = setInterval(() => {
      if (sent < drip.length && socket.writable) socket.write(drip[sent++]!);
    }, 50);
    const never = setTimeout(() => {
      socket.destroy();
      reject(new Error(`still open after ${NEVER} ms; so far it said: ${text}`));
    }, NEVER);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (next !== '') socket.write(next);
      next = '';
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(dripping);
      clearTimeout(never);
      resolve({ text, after: Date.now() - begun });
    });
    if (bytes !== '') socket.write(bytes);
  });
}
