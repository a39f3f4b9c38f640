import { Client, type Dispatcher } from 'undici';

/** One request of a load. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back. Times in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  /** Answers by status. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly milliseconds: number;
  /** How long each request took, by its index in the load. */
  readonly latencies: ReadonlyArray<{ readonly index: number; readonly milliseconds: number }>;
}

/** When a load ends: after a time, or after a number of requests, whichever is first. */
export interface LoadBound {
  readonly milliseconds?: number;
  readonly requests?: number;
}

const CONNECTIONS = 32;
const MOST_WRONG = 0.01;

/**
 * Ends a run of the bench where more than one answer in a hundred has another status: a load that fails is no measurement.
 *
 * @param what whose load it is, for the message.
 * @throws {Error} with the statuses that came.
 */
export function expectStatus({ statuses, requests }: LoadResult, status: number, what: string): void {
  if ((statuses.get(status) ?? 0) >= requests * (1 - MOST_WRONG)) return;
  const seen = [...statuses].map(([code, count]) => `${count} × ${code}`).join(', ');
  throw new Error(`${what} answered with ${seen}, not with ${status}`);
}

/** Connections to one server, kept open between loads: each sends its next request when the last is answered. */
export class LoadGenerator {
  readonly #clients: Client[];
  #next = 0;

  constructor(url: string, connections = CONNECTIONS) {
    this.#clients = Array.from(
      { length: connections },
      () => new Client(url, { pipelining: 1, bodyTimeout: 120_000, headersTimeout: 120_000 }),
    );
  }

  /**
   * Sends the requests in turn, from where the last load ended, until the bound is reached.
   *
   * @throws {Error} where the server cuts a connection.
   */
  async run(requests: readonly LoadRequest[], bound: LoadBound): Promise<LoadResult> {
    const { milliseconds = Infinity, requests: most = Infinity } = bound;
    const statuses = new Map<number, number>();
    const latencies: Array<{ index: number; milliseconds: number }> = [];
    const began = performance.now();
    let sent = 0;
    const work = async (client: Client): Promise<void> => {
      while (sent < most && performance.now() - began < milliseconds) {
        sent++;
        const index = this.#next++ % requests.length;
        const from = performance.now();
        const status = await send(client, requests[index]!);
        latencies.push({ index, milliseconds: performance.now() - from });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(this.#clients.map(work));
    return { requests: sent, statuses, milliseconds: performance.now() - began, latencies };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }
}

/** Sends one request and throws its body away: undici's own body streams cost the load more than the server. */
function send(client: Client, { method, path, headers, body }: LoadRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      // Its presence tells undici which kind of handler this is.
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => {
        status = statusCode;
      },
      onResponseData: () => undefined,
      onResponseEnd: () => resolve(status),
      onResponseError: (_controller, error) => reject(error),
    };
    client.dispatch({ method, path, headers, body: body ?? null }, handler);
  });
}
