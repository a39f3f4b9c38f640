import type { ServerResponse } from 'node:http';

/**
 * Calls `done` once when a response is ended whose client is gone already, or after a while where nobody ends it. To whoever makes the
 * answer nothing has changed, and Node tells nobody any more that it is made.
 *
 * @param atMost milliseconds.
 * @example
 * ```ts
 * response.on('close', () => response.writableEnded || whenAbandonedEnds(response, 30_000, free));
 * ```
 */
export function whenAbandonedEnds(response: ServerResponse, atMost: number, done: () => void): void {
  let over = false;
  const finish = (): void => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    done();
  };
  const timer = setTimeout(finish, atMost).unref();
  for (const name of ['end', 'destroy'] as const) {
    const original = response[name] as (...rest: unknown[]) => never;
    response[name] = (...rest: unknown[]) => {
      finish();
      return original.apply(response, rest);
    };
  }
}
