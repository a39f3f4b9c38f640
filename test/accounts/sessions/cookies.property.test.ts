import * as fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { resolveCookie } from '../../../lib/accounts/sessions/cookie.options.js';
import {
  ACCESS_COOKIE,
  REFRESH_COOKIE,
  SessionCookies,
} from '../../../lib/accounts/sessions/session-cookies.js';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { CredentialReader } from '../../../lib/pipeline/authentication/credential-reader.js';
import { checkToken, CsrfProtection, csrfDigest } from '../../../lib/pipeline/authentication/csrf.js';
import { TokenDenials } from '../../../lib/pipeline/authentication/token-denials.js';

const RUNS = 100_000;
const request = (headers: Record<string, unknown>, method = 'POST') =>
  ({ headers, method }) as unknown as IncomingMessage;
const header = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });

describe('the Cookie header', () => {
  const reader = new CredentialReader(
    { apiKeys: false, accessCookie: ACCESS_COOKIE },
    new TokenDenials('api'),
  );
  const cookies = new SessionCookies(resolveCookie());
  // Pieces that look like cookies, in any order, with anything between them.
  const piece = fc.oneof(
    header,
    fc.constantFrom(
      ACCESS_COOKIE,
      REFRESH_COOKIE,
      '=',
      ';',
      '; ',
      ' ',
      '"',
      ',',
      '\t',
      `${ACCESS_COOKIE}=x`,
      `${REFRESH_COOKIE}=y`,
    ),
  );
  const cookie = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));

  it('is read without an exception, and gives what stands behind the name and nothing else', () => {
    fc.assert(
      fc.property(cookie, (value) => {
        const found = reader.read(['Cookie', value]);
        if (found && 'value' in found) {
          expect(found.kind).toBe('cookie');
          expect(value).toContain(`${ACCESS_COOKIE}=${found.value}`);
        } else if (found === undefined) expect(value.split(/; ?/)).not.toContain(`${ACCESS_COOKIE}=x`);
        const refresh = cookies.refreshToken(request({ cookie: value }));
        if (refresh !== undefined) expect(value).toContain(`${REFRESH_COOKIE}=${refresh}`);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the protection against CSRF', () => {
  const csrf = new CsrfProtection(new Set(['https://app.example.com']));
  const near = fc.constantFrom(
    'https://',
    'http://',
    'api.example.com',
    'app.example.com',
    ':443',
    ':80',
    '.',
    '@',
    '/',
    '#',
    '?',
    'evil.',
    ',',
    ' ',
    'null',
  );
  const origin = fc.oneof(
    header,
    fc.array(near, { maxLength: 6 }).map((pieces) => pieces.join('')),
  );
  const OURS = ['https://api.example.com', 'https://app.example.com'];

  it('takes no other origin for ours, whatever it looks like', () => {
    fc.assert(
      fc.property(origin, (value) => {
        fc.pre(!OURS.includes(value));
        expect(csrf.checkOrigin(request({ host: 'api.example.com', origin: value }))?.reason).toBe(
          'csrf.origin',
        );
      }),
      { numRuns: RUNS },
    );
    for (const value of OURS)
      expect(csrf.checkOrigin(request({ host: 'api.example.com', origin: value }))).toBeUndefined();
  });

  it.each<[string, string | undefined, boolean]>([
    ['https://api.example.com', 'api.example.com:443', true],
    ['https://api.example.com', 'API.example.com', true],
    ['https://api.example.com:8443', 'api.example.com:8443', true],
    ['https://api.example.com:8443', 'api.example.com', false],
    ['https://api.example.com', 'api.example.com:8443', false],
    ['http://localhost:3000', 'localhost:3000', true],
    ['http://127.0.0.1:3000', '127.0.0.1:3000', true],
    ['http://localhost:3000', 'localhost:3001', false],
    ['http://api.example.com', 'api.example.com', false],
    ['https://', '', false],
    ['https://undefined', undefined, false],
    ['null', 'null', false],
  ])('Origin %s at host %s', (value, host, ours) => {
    expect(csrf.checkOrigin(request({ origin: value, host })) === undefined).toBe(ours);
  });

  it('takes no other token for that of the session', () => {
    const token = 'the-token';
    const anything = fc.oneof(header, fc.anything());
    fc.assert(
      fc.property(anything, anything, (shown, digest) => {
        fc.pre(shown !== token);
        expect(checkToken(request({ 'x-csrf-token': shown }), csrfDigest(token))?.reason).toBe('csrf.token');
        fc.pre(digest !== csrfDigest(token));
        expect(checkToken(request({ 'x-csrf-token': token }), digest)?.reason).toBe('csrf.token');
      }),
      { numRuns: 20_000 },
    );
    expect(checkToken(request({ 'x-csrf-token': token }), csrfDigest(token))).toBeUndefined();
  });
});

describe('accounts.sessions.cookie', () => {
  it.each<[unknown, string]>([
    [{ path: '/x' }, 'option.unknown accounts.sessions.cookie.path'],
    [{ refreshPath: 'auth' }, 'option.invalid accounts.sessions.cookie.refreshPath'],
    [{ refreshPath: '/a; Domain=evil.example' }, 'option.invalid accounts.sessions.cookie.refreshPath'],
    [{ sameSite: 'none' }, 'option.invalid accounts.sessions.cookie.sameSite'],
    [{ origins: 'https://app.example.com' }, 'option.invalid accounts.sessions.cookie.origins'],
    [{ origins: ['https://app.example.com/'] }, 'option.invalid accounts.sessions.cookie.origins[0]'],
    [{ origins: [APP(), 'http://app.example.com'] }, 'option.invalid accounts.sessions.cookie.origins[1]'],
    [{ origins: ['*'] }, 'option.invalid accounts.sessions.cookie.origins[0]'],
    [{ origins: [APP(), 'http://localhost:5173'], sameSite: 'strict' }, 'none'],
  ])('%j', (options, expected) => {
    const code = () => {
      try {
        resolveCookie(options);
        return 'none';
      } catch (error) {
        return error instanceof SecurityConfigError ? `${error.code} ${error.path}` : String(error);
      }
    };
    expect(code()).toBe(expected);
  });
});

function APP(): string {
  return 'https://app.example.com';
}
