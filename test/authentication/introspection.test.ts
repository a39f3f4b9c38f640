import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newKey, newMaterial } from './forge.js';

const AUDIENCE = 'https://api.test';
const client = { clientId: 'shop api', clientSecret: 'a:b+c%d' };
let now = Date.now();
const seconds = () => Math.floor(now / 1000);

/** An issuer that says of tokens what a test has it say. A real provider is in `provider/introspection.test.ts`. */
class Issuer {
  answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  readonly asked: Array<{ authorization: string | undefined; body: string; type: string | undefined }> = [];
  discovered = 0;
  metadata: () => object = () => ({ issuer: this.url, introspection_endpoint: `${this.url}/introspect` });
  url = '';
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      this.discovered++;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(this.metadata()));
      return;
    }
    const body = await text(request);
    const { authorization, 'content-type': type } = request.headers;
    this.asked.push({ authorization, body, type });
    this.answer(request, response);
  }

  says(answer: unknown, status = 200): void {
    this.answer = (_, response) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let issuer: Issuer;
beforeEach(async () => {
  now = Date.now();
  issuer = new Issuer();
  await issuer.start();
});
afterEach(() => issuer.stop());

const active = (changes: object = {}) => ({
  active: true,
  iss: issuer.url,
  aud: AUDIENCE,
  sub: 'alice',
  token_type: 'Bearer',
  iat: seconds(),
  exp: seconds() + 300,
  scope: 'orders:read',
  roles: ['user'],
  ...changes,
});

function verifierOf(changes: object = {}, common: object = {}): TokenVerifier {
  const options = { issuer: issuer.url, audience: AUDIENCE, introspection: client, ...changes };
  return new TokenVerifier(resolveAuthentication({ ...options, ...common }), () => now);
}

async function outcome(verifier: TokenVerifier, token = 'opaque'): Promise<string> {
  const verdict = await verifier.verify(token);
  if ('principal' in verdict) return verdict.principal.id;
  expect(verdict.denial.note ?? '').not.toContain(token);
  return verdict.denial.reason;
}

describe('asking the issuer', () => {
  it('sends the token in a form, and the client as RFC 6749 has it', async () => {
    issuer.says(active());
    expect(await outcome(verifierOf(), 'a/b+c==')).toBe('alice');
    expect(issuer.asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('shop+api:a%3Ab%2Bc%25d').toString('base64')}`,
        body: 'token=a%2Fb%2Bc%3D%3D&token_type_hint=access_token',
        type: 'application/x-www-form-urlencoded;charset=UTF-8',
      },
    ]);
  });

  it('gives a frozen principal with what the issuer said', async () => {
    issuer.says(active({ iss: undefined, permissions: ['a'] }));
    const verdict = await verifierOf().verify('opaque');
    expect(verdict).toMatchObject({
      principal: { id: 'alice', roles: ['user'], scopes: ['orders:read'], claims: { iss: issuer.url } },
    });
    const { claims } = (verdict as unknown as { principal: { claims: { permissions: string[] } } }).principal;
    expect(() => claims.permissions.push('b')).toThrow(TypeError);
  });

  it.each<[string, object, string]>([
    ['not active', { active: false }, 'token.inactive'],
    ['of another issuer', { iss: 'https://other.test' }, 'token.issuer'],
    ['of no issuer', { iss: null }, 'token.issuer'],
    ['for another API', { aud: 'https://other.test' }, 'token.audience'],
    ['for nobody', { aud: undefined }, 'token.claims'],
    ['without a subject', { sub: undefined }, 'token.claims'],
    ['of a blank subject', { sub: ' ' }, 'token.claims'],
    ['without an end', { exp: undefined }, 'token.claims'],
    ['without a beginning', { iat: undefined }, 'token.claims'],
    ['that is over', { exp: 1 }, 'token.expired'],
    ['that is not yet', { nbf: 1e11 }, 'token.not-yet-valid'],
    ['that lives for long', { exp: 1e11 }, 'token.lifetime'],
    ['that lives for ever', { exp: '1e999' }, 'token.claims'],
    ['of no type', { token_type: undefined }, 'token.type'],
    ['of type refresh', { token_type: 'Refresh' }, 'token.type'],
    ['of a type that is none', { token_type: ['Bearer'] }, 'token.type'],
    ['bound to a key that it does not name', { token_type: 'DPoP' }, 'token.type'],
    ['for another use', { token_use: 'refresh_token' }, 'token.type'],
    ['that says it is an ID token', { token_use: 'id' }, 'token.type'],
    ['that is an ID token', { nonce: 'x' }, 'token.type'],
    ['that is a refresh token of Keycloak', { typ: 'Refresh' }, 'token.type'],
    ['that is a logout token', { events: {} }, 'token.type'],
    ['with odd roles', { roles: 'admin' }, 'token.claims'],
  ])('a token %s is refused', async (_name, changes, reason) => {
    issuer.says(active(changes));
    const verifier = verifierOf();
    expect(await outcome(verifier)).toBe(reason);
    expect(await outcome(verifier)).toBe(reason);
    expect(issuer.asked).toHaveLength(1);
  });

  it.each<[string, unknown, number?]>([
    ['an error', {}, 500],
    ['that our client is not known', {}, 401],
    ['that our client may not', {}, 403],
    ['that we ask too often', {}, 429],
    ['nothing', ''],
    ['no JSON', '<html>'],
    ['a list', [true]],
    ['an object without active', { sub: 'alice' }],
    ['active as text', { active: 'true' }],
    ['active as a number', { active: 1 }],
    ['active twice', '{"active":true,"active":true}'],
    ['a key that must not be', '{"active":true,"__proto__":{"active":true}}'],
    ['what is too deep', `{"active":true,"x":${'['.repeat(99)}${']'.repeat(99)}}`],
    ['what is too long', { active: true, x: 'x'.repeat(65_536) }],
  ])('where it answers with %s: 503, and it is asked again', async (_name, answer, status) => {
    issuer.says(answer, status);
    const verifier = verifierOf();
    expect(await outcome(verifier)).toBe('token.introspection-unavailable');
    issuer.says(active());
    expect(await outcome(verifier)).toBe('alice');
  });

  it('does not follow it elsewhere, nor take an answer that does not say that it is JSON', async () => {
    issuer.answer = (_, response) => response.writeHead(307, { location: '/elsewhere' }).end();
    expect(await outcome(verifierOf())).toBe('token.introspection-unavailable');
    issuer.answer = (_, response) => response.end(JSON.stringify(active()));
    expect(await outcome(verifierOf())).toBe('token.introspection-unavailable');
    expect(issuer.asked).toHaveLength(2);
  });

  it('a token that it calls malformed is refused, and that is no outage', async () => {
    issuer.says({ error: 'invalid_request' }, 400);
    const verifier = verifierOf();
    for (const token of ['opaque-1', 'opaque-2'])
      expect(await outcome(verifier, token)).toBe('token.inactive');
    // Nor a reason to look for the endpoint anew: whoever can write a token could ask for that.
    expect(issuer.discovered).toBe(1);
  });

  it('goes to an endpoint that is given, and else to that of the very issuer', async () => {
    issuer.says(active());
    const introspection = { ...client, endpoint: `${issuer.url}/given` };
    expect(await outcome(verifierOf({ introspection }))).toBe('alice');
    expect(issuer.discovered).toBe(0);
    for (const metadata of [
      { issuer: 'https://other.test', introspection_endpoint: `${issuer.url}/introspect` },
      { issuer: issuer.url },
      { issuer: issuer.url, introspection_endpoint: 'http://attacker.test/introspect' },
    ]) {
      issuer.metadata = () => metadata;
      expect(await outcome(verifierOf())).toBe('token.introspection-unavailable');
    }
    expect(issuer.asked).toHaveLength(1);
  });
});

describe('what is remembered', () => {
  it('is an active token for a minute at most, and not past its end', async () => {
    issuer.says(active({ exp: seconds() + 10 }));
    const verifier = verifierOf();
    await outcome(verifier);
    now += 9000;
    await outcome(verifier);
    expect(issuer.asked).toHaveLength(1);
    now += 1500;
    issuer.says({ active: false });
    expect(await outcome(verifier)).toBe('token.inactive');
  });

  it('is no more than so many tokens; the others are asked for each time', async () => {
    issuer.says(active());
    const verifier = verifierOf({}, { tokenCache: { max: 2 } });
    for (const token of ['a', 'b', 'c', 'a', 'b', 'c']) expect(await outcome(verifier, token)).toBe('alice');
    expect(issuer.asked).toHaveLength(4);
  });

  it('is nothing with tokenCache: false, so that what is revoked is refused at once', async () => {
    issuer.says(active());
    const verifier = verifierOf({}, { tokenCache: false });
    expect(await outcome(verifier)).toBe('alice');
    issuer.says({ active: false });
    expect(await outcome(verifier)).toBe('token.inactive');
  });

  it('junk takes no room from what is active', async () => {
    issuer.says({ active: false });
    const verifier = verifierOf({}, { tokenCache: { max: 2 } });
    for (const token of ['x', 'y', 'z']) await outcome(verifier, token);
    issuer.says(active());
    for (let i = 0; i < 3; i++) expect(await outcome(verifier, 'good')).toBe('alice');
    expect(issuer.asked).toHaveLength(4);
  });
});

it('a hundred tokens are under way at most, and no call hangs for ever', async () => {
  const waiting: ServerResponse[] = [];
  issuer.answer = (_, response) => void waiting.push(response);
  const verifier = verifierOf({ introspection: { ...client, endpoint: `${issuer.url}/introspect` } });
  const all = Array.from({ length: 150 }, (_, i) => outcome(verifier, `token-${i}`));
  expect(new Set(await Promise.all(all.slice(100)))).toEqual(new Set(['token.introspection-unavailable']));
  expect(new Set(await Promise.all(all.slice(0, 100)))).toEqual(new Set(['token.introspection-unavailable']));
  expect(issuer.asked).toHaveLength(100);
  issuer.says(active());
  expect(await outcome(verifier, 'token-0')).toBe('alice');
});

describe('JWTs', () => {
  it('are asked for where there is introspection alone, if they name the issuer', async () => {
    issuer.says(active());
    const key = newKey('ES256');
    const material = { issuer: issuer.url, audience: AUDIENCE, algorithm: 'ES256', signingKey: key } as const;
    const forge = new Forge(material);
    expect(await outcome(verifierOf(), forge.claiming({}))).toBe('alice');
    expect(await outcome(verifierOf(), forge.claiming({ iss: 'https://other.test' }))).toBe('token.issuer');
    expect(issuer.asked).toHaveLength(1);
    // An encrypted one is opaque to us.
    expect(await outcome(verifierOf(), 'eyJ.a.b.c.d')).toBe('alice');
  });

  it('are verified here, and never asked for, where there are keys', async () => {
    issuer.says(active());
    const { material, options } = newMaterial('ES256');
    const verifier = verifierOf({ ...options, introspection: { ...client, endpoint: `${issuer.url}/x` } });
    const forge = new Forge(material);
    expect(await outcome(verifier, forge.claiming({}))).toBe('alice');
    const good = forge.claiming({}).split('.');
    const bent = [
      good.slice(0, 2).join('.') + '.',
      [...good, ''].join('.'),
      [good[0], '', good[2]].join('.'),
      `${good.join('.')}==`,
      forge.claiming({ exp: 1 }),
      forge.headed({ alg: 'none' }),
      'a.b.c.d.e',
    ];
    for (const token of bent) expect(await outcome(verifier, token)).toMatch(/^token\./);
    expect(issuer.asked).toHaveLength(0);
  });
});

describe('the option', () => {
  const base = { issuer: 'https://id.test/', audience: AUDIENCE };

  it.each<[string, object, string, string, RegExp]>([
    [
      'no secret',
      { introspection: { clientId: 'a', clientSecret: undefined } },
      'option.missing',
      'introspection.clientSecret',
      /register a client/,
    ],
    [
      'an empty secret',
      { introspection: { clientId: 'a', clientSecret: '' } },
      'option.missing',
      'introspection.clientSecret',
      /is empty/,
    ],
    [
      'no id',
      { introspection: { clientSecret: 'a' } },
      'option.missing',
      'introspection.clientId',
      /register a client/,
    ],
    [
      'an odd secret',
      { introspection: { clientId: 'a', clientSecret: 'ü' } },
      'option.invalid',
      'introspection.clientSecret',
      /ASCII/,
    ],
    [
      'a misspelt option',
      { introspection: { ...client, endpiont: 'x' } },
      'option.unknown',
      'introspection.endpiont',
      /endpoint/,
    ],
    ['undefined', { introspection: undefined }, 'option.invalid', 'introspection', /an object/],
    [
      'an endpoint over http',
      { introspection: { ...client, endpoint: 'http://id.test/i' } },
      'option.invalid',
      'introspection.endpoint',
      /not https/,
    ],
    [
      'no endpoint to discover',
      { issuer: 'shop', introspection: client },
      'option.missing',
      'introspection.endpoint',
      /cannot be discovered/,
    ],
    [
      'algorithms of no effect',
      { introspection: client, algorithms: ['RS256'] },
      'option.conflict',
      'algorithms',
      /no effect/,
    ],
    [
      'a profile of no effect',
      { introspection: client, profile: 'oidc-compat' },
      'option.conflict',
      'profile',
      /no effect/,
    ],
  ])('%s is a boot error that teaches', (_name, options, code, path, words) => {
    expect(() => resolveAuthentication({ ...base, ...options })).toThrow(
      expect.objectContaining({
        code,
        path: `authentication.${path}`,
        message: expect.stringMatching(words) as string,
      }),
    );
  });

  it('is for one issuer alone, since an opaque token names none', () => {
    const issuers = [base, { ...base, issuer: 'https://two.test/' }].map((one) => ({
      ...one,
      introspection: client,
    }));
    expect(() => resolveAuthentication({ issuers })).toThrow(
      expect.objectContaining({
        code: 'option.conflict',
        path: 'authentication.issuers[1].introspection',
        message: expect.stringMatching(/issuers\[0\]/) as string,
      }),
    );
  });

  it('shows its secret nowhere', () => {
    const settings = resolveAuthentication({
      ...base,
      introspection: { ...client, clientSecret: 'hush-hush' },
    });
    const shown = inspect(settings, { depth: 9, showHidden: true }) + JSON.stringify(settings);
    expect(shown).not.toContain('hush-hush');
    expect(shown).not.toContain(Buffer.from('hush-hush').toString('base64').slice(0, 8));
  });
});
