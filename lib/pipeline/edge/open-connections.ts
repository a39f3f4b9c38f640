import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import { pendingResponse } from '../../kit/http/pending-response.js';

/** How long a request that is just arriving has for its headers when the application closes, in milliseconds. */
const GRACE = 500;

/** The connections of all servers, so that they can be ended when the application closes. */
export class OpenConnections {
  private readonly sockets = new Set<Socket>();

  /** Keeps the connections that come from now on. */
  watch(server: Server): void {
    const { sockets } = this;
    function forget(this: Socket): void {
      sockets.delete(this);
    }
    server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', forget);
    });
  }

  /**
   * Ends each connection with the answer that it waits for, and after a moment those that wait for none. Node closes the idle ones
   * itself; what has never sent a request, or half of one, would hold up the shutdown for as long as it likes.
   */
  end(): void {
    for (const socket of this.sockets) {
      const response = pendingResponse(socket);
      if (response?.headersSent === false) response.setHeader('Connection', 'close');
      else response?.once('finish', () => socket.destroySoon());
    }
    setTimeout(() => {
      for (const socket of this.sockets) if (pendingResponse(socket) === undefined) socket.destroy();
    }, GRACE).unref();
  }
}
