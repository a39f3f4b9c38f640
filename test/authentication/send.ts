import { request } from 'node:http';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** Sends a GET with these `Authorization` headers as they are, several ones too; `fetch` would join them. */
export function send(
  url: string,
  authorization: string | string[] = [],
  headers: string[] = [],
): Promise<Answer> {
  const values = Array.isArray(authorization) ? authorization : [authorization];
  const raw = [
    'Host',
    new URL(url).host,
    'Connection',
    'close',
    ...values.flatMap((value) => ['Authorization', value]),
    ...headers,
  ];
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers: raw }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    });
    outgoing.on('error', reject).end();
  });
}
