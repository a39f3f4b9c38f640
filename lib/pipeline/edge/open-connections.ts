import type { Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import { factsOf } from '../../core/request-facts.js';
import { pendingResponse } from '../../kit/http/pending-response.js';

/**
 * How often all connections are looked at, in milliseconds. It is also how long a request that is just arriving has when the
 * application closes.
 */
const INTERVAL = 500;

/** What was seen of a connection when it was last looked at. */
interface Seen {
  readonly server: Server;
  /** The response whose request was in work then. */
  response: ServerResponse | undefined;
  /** Since when, in milliseconds of `performance.now()`. */
  since: number;
}

/**
 * The connections of all servers. They are looked at from time to time, and not with each request: for requests that are in work for
 * longer than their deadline while their client keeps its connection moving, and, when the application closes, for what would hold it up.
 */
export class OpenConnections {
  private readonly sockets = new Map<Socket, Seen>();
  /** What has not finished its TLS handshake, and since when. Node gives it two minutes, before any timeout of HTTP begins. */
  private readonly handshaking = new Map<Socket, Omit<Seen, 'response'>>();
  private readonly servers = new Set<Server>();
  private timer: NodeJS.Timeout | undefined;
  private closing = false;

  /** Keeps the connections that come from now on. */
  watch(server: Server): void {
    const { sockets, handshaking } = this;
    this.servers.add(server);
    this.timer ??= setInterval(() => this.look(), INTERVAL).unref();
    function forget(this: Socket): void {
      sockets.delete(this);
      handshaking.delete(this);
    }
    const secure = server instanceof TlsServer;
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => {
      sockets.set(socket, { server, response: undefined, since: 0 });
      socket.on('close', forget);
      if (secure) handshaking.delete(Reflect.get(socket, '_parent') as Socket);
    });
    if (!secure) return;
    server.on('connection', (socket: Duplex) => {
      // TLS over another stream has no socket by which it would be known again.
      if (!(socket instanceof Socket)) return;
      handshaking.set(socket, { server, since: performance.now() });
      socket.on('close', forget);
    });
  }

  /**
   * Ends each connection with the answer that it waits for, and after a moment, again and again, those that wait for none or have not
   * said all that they ask. Node closes the idle ones itself, and does not look for late requests any more; what sends nothing, half of
   * a request, or a body byte by byte, would hold up the shutdown for as long as it likes.
   */
  end(): void {
    for (const socket of this.sockets.keys()) {
      const response = pendingResponse(socket);
      if (response?.headersSent === false) response.setHeader('Connection', 'close');
      else response?.once('finish', () => socket.destroySoon());
    }
    this.closing = true;
    this.timer?.refresh();
  }

  private look(): void {
    if (this.closing) this.destroyStragglers();
    const now = performance.now();
    for (const [socket, { server, since }] of this.handshaking) {
      if (now - since >= server.headersTimeout) socket.destroy();
    }
    for (const [socket, seen] of this.sockets) endIfLate(socket, seen, now);
  }

  private destroyStragglers(): void {
    for (const socket of this.handshaking.keys()) socket.destroy();
    for (const socket of this.sockets.keys()) {
      if (pendingResponse(socket)?.req.complete !== true) socket.destroy();
    }
    const listening = [...this.servers].some((server) => server.listening);
    if (!listening && this.sockets.size === 0 && this.handshaking.size === 0) clearInterval(this.timer);
  }
}

/**
 * Has a connection time out whose request is in work for longer than its deadline. Its socket does so by itself where nothing moves;
 * this is for a client that sends its body byte by byte, or one request after the other.
 */
function endIfLate(socket: Socket, seen: Seen, now: number): void {
  const response = pendingResponse(socket);
  const inWork = response !== undefined && !response.headersSent && !socket.destroyed ? response : undefined;
  const plan = inWork && factsOf(inWork.req)?.plan;
  // Until its guard runs, or its body is there, the client is waited for: that is what `edge.timeouts.request` bounds.
  if (inWork === undefined || (plan === undefined && !inWork.req.complete)) {
    seen.response = undefined;
    return;
  }
  if (seen.response !== inWork) {
    seen.response = inWork;
    seen.since = now;
    return;
  }
  const deadline = plan?.sections.deadline ?? seen.server.timeout;
  if (deadline === 0 || now - seen.since < deadline) return;
  // Where that leads to nothing, it is done again after as long a time.
  seen.since = now;
  socket.emit('timeout');
}
