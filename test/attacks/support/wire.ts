import { connect } from 'node:net';

/** A request as it is to go over the wire. `Host` and `Connection: close` are added, and `Content-Length` where there is a body. */
export interface WireRequest {
  readonly method?: string;
  readonly path?: string;
  /** As written; a list, because the same name may come twice. */
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body?: string | Buffer;
}

/** An answer as it came. Status 0: the connection was closed without one. */
export interface WireAnswer {
  readonly status: number;
  /** By lower-case name; repeated ones are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The status line, the headers and the body. */
  readonly raw: string;
}

const A_WHILE = 10_000;

/** Sends a request that no HTTP client would agree to send, and reads until the connection is closed. */
export function wire(url: string, request: WireRequest | Buffer): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    const finish = (): void => resolve(parse(Buffer.concat(chunks)));
    socket.setTimeout(A_WHILE, () => socket.destroy(new Error('No answer on the wire.')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', finish);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // Closed by the other side while we still wrote: what it had said before counts.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') finish();
      else reject(error);
    });
    socket.write(Buffer.isBuffer(request) ? request : serialize(request, `${hostname}:${port}`));
  });
}

/** A problem's text without what differs from one request to the next. */
export function withoutIds(text: string): string {
  return text
    .replace(/"instance":"urn:uuid:[0-9a-f-]{36}"/, '"instance":""')
    .replace(/"traceId":"[0-9a-f]{32}"/, '"traceId":""');
}

function serialize({ method = 'GET', path = '/', headers = [], body }: WireRequest, host: string): Buffer {
  const named = (name: string) => headers.some(([other]) => other.toLowerCase() === name);
  const lines = [`${method} ${path} HTTP/1.1`];
  if (!named('host')) lines.push(`Host: ${host}`);
  lines.push('Connection: close');
  if (body !== undefined && !named('content-length') && !named('transfer-encoding')) {
    lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  }
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, Buffer.from(body as string)]);
}

function parse(bytes: Buffer): WireAnswer {
  const raw = bytes.toString('utf8');
  const end = raw.indexOf('\r\n\r\n');
  if (end < 0) return { status: 0, headers: {}, text: '', raw };
  const [line = '', ...fields] = raw.slice(0, end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, colon).toLowerCase();
    const value = field.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const rest = raw.slice(end + 4);
  const text = headers['transfer-encoding'] === 'chunked' ? unchunked(rest) : rest;
  return { status: Number(line.split(' ')[1]), headers, text, raw };
}

function unchunked(body: string): string {
  let bytes = Buffer.from(body);
  const parts: Buffer[] = [];
  for (;;) {
    const end = bytes.indexOf('\r\n');
    const size = end < 0 ? 0 : parseInt(bytes.subarray(0, end).toString('latin1'), 16);
    if (!size) return Buffer.concat(parts).toString('utf8');
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    bytes = bytes.subarray(end + 2 + size + 2);
  }
}
