import { wire, type WireAnswer } from '../../attacks/support/wire.js';

/** What a browser keeps and sends by itself, and what its page adds. */
export class Browser {
  /** By name: the value, and the path for which it is sent. */
  readonly cookies = new Map<string, { readonly value: string; readonly path: string }>();
  /** Every `Set-Cookie` of the last answer. */
  set: string[] = [];

  constructor(
    private readonly url: string,
    /** What the server is called from outside, through a proxy that ends TLS. */
    readonly host = 'api.example.com',
  ) {}

  /** Another one with the same cookies, as a second tab has them. */
  copy(): Browser {
    const copy = new Browser(this.url, this.host);
    for (const [name, cookie] of this.cookies) copy.cookies.set(name, cookie);
    return copy;
  }

  value(name: string): string | undefined {
    return this.cookies.get(name)?.value;
  }

  /** As a page of this origin does it that shows its CSRF token. */
  own(method: string, path: string, body: object = {}): Promise<WireAnswer> {
    const headers = { Origin: `https://${this.host}`, 'X-CSRF-Token': this.value('__Host-csrf') ?? '' };
    return this.send(method, path, headers, body);
  }

  /** With nothing but the cookies and these headers. An empty one is left out. */
  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body: object = {},
  ): Promise<WireAnswer> {
    const mine = [...this.cookies].filter(([, cookie]) => path.startsWith(cookie.path));
    const cookie = mine.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const all = { Host: this.host, Cookie: cookie, ...headers };
    const answer = await wire(this.url, {
      method,
      path,
      headers: [
        ...Object.entries(all).filter(([, value]) => value !== ''),
        ...(method === 'GET' ? [] : [['Content-Type', 'application/json'] as const]),
      ],
      body: method === 'GET' ? undefined : JSON.stringify(body),
    });
    const head = answer.raw.slice(0, answer.raw.indexOf('\r\n\r\n'));
    this.set = [...head.matchAll(/^set-cookie: (.*)$/gim)].map((match) => match[1]!.trim());
    for (const line of this.set) {
      const [, name, value, path] = /^([^=]+)=([^;]*);.*?Path=([^;]+)/.exec(line)!;
      if (line.includes('Max-Age=0;')) this.cookies.delete(name!);
      else this.cookies.set(name!, { value: value!, path: path! });
    }
    return answer;
  }
}
