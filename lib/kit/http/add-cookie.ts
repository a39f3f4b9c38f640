import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * Adds a `Set-Cookie` to an answer when its head is written, beside those that it has by then. One that is set at once would be
 * replaced by what a handler sets: Fastify keeps the headers of a reply by itself until then, and `setHeader` replaces in any case.
 *
 * @example
 * ```ts
 * addCookie(response, 'device=abc; Path=/; Secure; HttpOnly');
 * ```
 */
export function addCookie(response: ServerResponse, cookie: string): void {
  const { writeHead } = response;
  response.writeHead = function withCookie(this: ServerResponse, status: number, ...rest: unknown[]) {
    const headers = rest.at(-1);
    // As Node does it where some headers are set before: those that are given now replace those of their names.
    if (typeof headers === 'object' && headers !== null) {
      rest.pop();
      setAll(response, headers as OutgoingHttpHeaders | OutgoingHttpHeader[]);
    }
    response.appendHeader('Set-Cookie', cookie);
    return Reflect.apply(writeHead, response, [status, ...rest]) as ServerResponse;
  };
}

function setAll(response: ServerResponse, headers: OutgoingHttpHeaders | OutgoingHttpHeader[]): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) response.setHeader(name, value);
    }
    return;
  }
  for (let i = 0; i < headers.length; i += 2) response.removeHeader(String(headers[i]));
  for (let i = 0; i < headers.length; i += 2) {
    response.appendHeader(String(headers[i]), headers[i + 1] as string);
  }
}
