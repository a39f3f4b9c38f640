/** As much of a browser as a sign-in takes: it keeps cookies and says where it is sent. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Opens a page, or sends a form to it, and follows nothing: the address that it is sent to. */
  async go(url: string, form?: Readonly<Record<string, string>>): Promise<string> {
    const response = await this.#fetch(url, form);
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${response.status} at ${url}: ${await response.text()}`);
    return new URL(location, url).href;
  }

  /** The hidden fields of the form on a page. */
  async form(url: string): Promise<Record<string, string>> {
    const page = await (await this.#fetch(url)).text();
    const fields = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
    return Object.fromEntries(Array.from(fields, ([, name, value]) => [name, value]));
  }

  async #fetch(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.#cookies.set(name!, value!);
    }
    return response;
  }
}
