import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { RETRY_SOON, type Decision, type Denial } from '../../../core/decision.js';
import type { Reporter } from '../../../core/reporter.js';
import type { RequestFacts } from '../../../core/request-facts.js';
import { occurrenceOf } from '../../../kit/events/occurrence.js';
import { pendingResponse } from '../../../kit/http/pending-response.js';
import { clientErrorAnswer, clientErrorDenial, factsOfSocket, type Decorate } from './client-error.js';
import type { FactsSource } from './problem.filter.js';
import type { Refusals } from './refusals.js';

/** What the answers on connections need of the edge. */
export interface Decorator extends FactsSource {
  /** Sets the security headers and the request id on an answer. */
  decorate(...args: Parameters<Decorate>): void;
  /** Whether a declared proxy is at the other end of a connection. */
  comesThroughProxy(socket: Socket): boolean;
}

const DEADLINE: Denial = { reason: 'server.deadline', headers: RETRY_SOON };
const TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/**
 * Answers on the connection itself where no request could be read, where one does not arrive in time, and where one is not answered in
 * time. The connection ends with it: to a handler that is still at work, it is a client that went away.
 */
export class ConnectionErrors {
  private readonly refused = new WeakSet<Socket>();

  constructor(
    private readonly refusals: Refusals,
    private readonly edge: Decorator,
    private readonly reporter: Reporter,
  ) {}

  /** Takes the errors and the timeouts of a server over. */
  attachTo(server: Server): void {
    server.removeAllListeners('clientError');
    server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.answerError(error.code, socket as Socket),
    );
    server.on('timeout', (socket) => this.answerTimeout(socket));
  }

  private answerError(code: string | undefined, socket: Socket): void {
    if (code === 'ECONNRESET' || socket.destroyed) return void socket.destroy();
    // What comes on a connection after its first error is an error too, and may come before the answer is out.
    if (this.refused.has(socket)) return;
    // Nobody has asked for anything: an answer might be taken for that to a request which is on its way.
    if (code === TIMEOUT && socket.bytesRead === 0) return void socket.destroy();
    this.refused.add(socket);
    const denial = clientErrorDenial(code);
    const pending = pendingResponse(socket);
    const unfinished = pending !== undefined && !pending.req.complete ? pending : undefined;
    const facts = unfinished ? this.factsOfAnswered(unfinished) : factsOfSocket(socket);
    const finish = (toll: Decision): void => {
      this.report(toll ?? denial, facts, unfinished?.req);
      this.endWith(toll ?? denial, facts, socket);
    };
    // What a client sent through a proxy and could not be read is nobody's: charged to the proxy, it would shut out everybody behind it.
    const nobodys = unfinished === undefined && this.edge.comesThroughProxy(socket);
    const toll = nobodys ? undefined : this.refusals.charge(facts);
    if (!(toll instanceof Promise)) return finish(toll);
    // A store that hangs must not hold the connection: where nothing moves again for so long, it is cut.
    socket.setTimeout(socket.timeout ?? 0);
    void toll.then(finish);
  }

  /** Nothing has moved on a connection for too long. */
  private answerTimeout(socket: Socket): void {
    const pending = pendingResponse(socket);
    if (pending === undefined || pending.headersSent || this.refused.has(socket))
      return void socket.destroy();
    if (isArriving(pending.req)) return this.answerError(TIMEOUT, socket);
    this.refused.add(socket);
    const facts = this.factsOfAnswered(pending);
    // It is not charged to its address: the client has waited, and what hangs may be the state store.
    this.report(DEADLINE, facts, pending.req);
    this.endWith(DEADLINE, facts, socket);
  }

  private factsOfAnswered(pending: ServerResponse): RequestFacts {
    const facts = this.edge.factsFor(pending.req, pending);
    facts.answered = true;
    return facts;
  }

  private report(denial: Denial, facts: RequestFacts, raw: IncomingMessage | undefined): void {
    if (raw) this.reporter.denied(denial, facts, raw);
    else this.reporter.record(occurrenceOf(denial), facts);
  }

  private endWith(denial: Denial, facts: RequestFacts, socket: Socket): void {
    // A second answer within one that has begun would be taken for a part of it; what is written of that one still goes out.
    const pending = pendingResponse(socket);
    if (socket.writable && !pending?.headersSent) {
      const decorate: Decorate = (target, known) => {
        this.edge.decorate(target, known);
        if (pending) copyCors(pending, target);
      };
      socket.write(clientErrorAnswer(denial, facts, decorate, pending?.req.method));
    }
    socket.destroySoon();
  }
}

/** Whether it is the client that is waited for: its request is not whole, and what has come of it has been read. */
function isArriving(raw: IncomingMessage): boolean {
  return !raw.complete && raw.readableLength === 0;
}

/** What the edge has decided of who may read the answer. */
function copyCors(from: ServerResponse, to: Parameters<Decorate>[0]): void {
  for (const name of from.getHeaderNames()) {
    if (name === 'vary' || name.startsWith('access-control-'))
      to.setHeader(name, String(from.getHeader(name)));
  }
}
