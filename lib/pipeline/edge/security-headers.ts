import helmet from 'helmet';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** One response header. */
export type HeaderPair = readonly [name: string, value: string];

/**
 * The security headers of every answer: helmet's, with the profile of an API (its answers are no documents: they load nothing and
 * are framed by nobody), and `Cache-Control: no-store`. Nothing in them depends on the request, so helmet runs once, at boot. A
 * handler that sets one of them itself wins.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
 */
export function securityHeaders(): readonly HeaderPair[] {
  const headers: HeaderPair[] = [];
  const recorder = {
    setHeader: (name: string, value: string | number | readonly string[]) =>
      headers.push([name, String(value)]),
    removeHeader: () => {},
  };
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })({} as IncomingMessage, recorder as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error;
  });
  headers.push(['Cache-Control', 'no-store']);
  return headers;
}
