import type { RouteAddress } from '../../core/route-declaration.js';

/**
 * Whether a request may be for a route, judged leniently: Express and Fastify differ in case, slashes and decoding. It errs towards
 * `true`, and is only for questions where that is harmless.
 */
export class RoutePattern {
  readonly #method: string;
  // `undefined`: any segment.
  readonly #segments: ReadonlyArray<string | undefined>;
  readonly #open: boolean;

  constructor({ method, path }: RouteAddress) {
    this.#method = method;
    // The optional part of `/files{/:id}` begins with the slash.
    const segments = path
      .replaceAll('{/', '/{')
      .split('/')
      .filter((segment) => segment !== '');
    // A wildcard, an optional part or an expression: from here on, anything.
    const open = segments.findIndex((segment) => /[*{}()?+]/.test(segment));
    this.#open = open !== -1;
    this.#segments = segments
      .slice(0, open === -1 ? undefined : open)
      .map((segment) => (segment.includes(':') ? undefined : segment.toLowerCase()));
  }

  /** `path` is the request's path, as split by {@link segmentsOf}. */
  mayMatch(method: string, path: readonly string[]): boolean {
    if (!this.#admits(method)) return false;
    if (this.#open ? path.length < this.#segments.length : path.length !== this.#segments.length)
      return false;
    for (let i = 0; i < this.#segments.length; i++) {
      const expected = this.#segments[i];
      // An escape may spell any letter, and what follows `;` may or may not belong to the path.
      if (expected !== undefined && expected !== path[i] && !/[%;]/.test(path[i]!)) return false;
    }
    return true;
  }

  #admits(method: string): boolean {
    // A preflight asks on behalf of another method.
    return (
      method === 'OPTIONS' ||
      this.#method === 'ALL' ||
      this.#method === method ||
      (this.#method === 'GET' && method === 'HEAD')
    );
  }
}

/** The segments of a request's path, in lower case; a query is cut off. */
export function segmentsOf(path: string): string[] {
  const query = path.indexOf('?');
  return (query === -1 ? path : path.slice(0, query))
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
}
