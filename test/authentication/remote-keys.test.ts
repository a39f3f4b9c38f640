import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromDiscovery, fromJwks } from '../../lib/kit/keys/key-loaders.js';
import { KEY_TIMING, RemoteKeys } from '../../lib/kit/keys/remote-keys.js';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import type { Verdict } from '../../lib/core/credential.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newKey } from './forge.js';

const [k1, k2, k3] = [newKey('ES256'), newKey('ES256'), newKey('ES256')];
const jwk = (key: KeyObject, kid: string) => ({
  ...createPublicKey(key).export({ format: 'jwk' }),
  kid,
  use: 'sig',
});

// `await keys.refresh()` waits for the fetch that runs in the background; it starts none so soon after another.

/** An issuer on the loopback address that counts, and can be down or hang. */
class Issuer {
  keys: object[] = [jwk(k1, 'k1')];
  metadata: () => object = () => ({ issuer: this.url, jwks_uri: `${this.url}/jwks` });
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly fetched = { discovery: 0, jwks: 0 };
  url = '';
  readonly #server = createServer((request, response) => {
    const what = request.url === '/jwks' ? 'jwks' : 'discovery';
    this.fetched[what]++;
    if (this.answer) return this.answer(request, response);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(what === 'jwks' ? { keys: this.keys } : this.metadata()));
  });

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
  issuer = new Issuer();
  await issuer.start();
});
afterEach(() => issuer.stop());

function api(timing = KEY_TIMING) {
  const time = { now: Date.now() };
  const warnings: string[] = [];
  const ignored: string[] = [];
  const settings = resolveAuthentication({
    issuer: issuer.url,
    audience: 'api',
    jwksUri: `${issuer.url}/jwks`,
  });
  const keys = new RemoteKeys(
    fromJwks(`${issuer.url}/jwks`),
    undefined,
    { failed: (why) => warnings.push(why), ignored: (why) => ignored.push(...why) },
    timing,
    () => time.now,
  );
  const verifier = new TokenVerifier(
    { ...settings, issuers: [{ ...settings.issuers[0], keys, maxTtl: 1e9 }] },
    () => time.now,
  );
  return { verifier, time, warnings, ignored, keys };
}

function token(kid: string, key: KeyObject, sub = 'alice'): string {
  const forge = new Forge({ issuer: issuer.url, audience: 'api', algorithm: 'ES256', signingKey: key, kid });
  return forge.claiming({ sub, exp: forge.now + 1e6 });
}

const reasonOf = (verdict: Verdict) => ('denial' in verdict ? verdict.denial.reason : 'accepted');
const seconds = (count: number) => count * 1000;

describe('published keys', () => {
  it('are fetched at the first token, once for all who wait', async () => {
    const { verifier } = api();
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => verifier.verify(token('k1', k1, `user${i}`))),
    );
    expect(new Set(verdicts.map(reasonOf))).toEqual(new Set(['accepted']));
    expect(issuer.fetched.jwks).toBe(1);
  });

  it('rotate: a new key is found when a token names it, the old one serves on, and a removed one does not', async () => {
    const { verifier, time, keys } = api();
    const old = token('k1', k1);
    expect(reasonOf(await verifier.verify(old))).toBe('accepted');
    issuer.keys = [jwk(k1, 'k1'), jwk(k2, 'k2')];
    time.now += seconds(31);
    expect(reasonOf(await verifier.verify(token('k2', k2)))).toBe('accepted');
    expect(reasonOf(await verifier.verify(old))).toBe('accepted');
    expect(issuer.fetched.jwks).toBe(2);

    issuer.keys = [jwk(k2, 'k2')];
    time.now += seconds(601);
    expect(verifier.recall(old)).toBeDefined();
    await keys.refresh();
    expect(issuer.fetched.jwks).toBe(3);
    expect(verifier.recall(old)).toBeUndefined();
    expect(reasonOf(await verifier.verify(old))).toBe('token.key-unknown');
  });

  it('that come back unchanged keep the memory of verified tokens', async () => {
    const { verifier, time, keys } = api();
    const good = token('k1', k1);
    await verifier.verify(good);
    time.now += seconds(601);
    const before = keys.current();
    await keys.refresh();
    expect(issuer.fetched.jwks).toBe(2);
    expect(keys.current()).toBe(before);
    expect(verifier.recall(good)).toBeDefined();
  });

  it('a flood of unknown kids costs one fetch', async () => {
    const { verifier, time } = api();
    await verifier.verify(token('k1', k1));
    time.now += seconds(31);
    const flood = () =>
      Promise.all(Array.from({ length: 200 }, async (_, i) => verifier.verify(token(`unknown${i}`, k2))));
    expect(new Set((await flood()).map(reasonOf))).toEqual(new Set(['token.key-unknown']));
    expect(new Set((await flood()).map(reasonOf))).toEqual(new Set(['token.key-unknown']));
    expect(issuer.fetched.jwks).toBe(2);
  });

  it('a known kid with another algorithm costs no fetch', async () => {
    const { verifier, time } = api();
    await verifier.verify(token('k1', k1));
    time.now += seconds(31);
    const forge = new Forge({
      issuer: issuer.url,
      audience: 'api',
      algorithm: 'RS256',
      signingKey: newKey('RS256'),
      kid: 'k1',
    });
    expect(reasonOf(await verifier.verify(forge.claiming({})))).toBe('token.algorithm');
    expect(issuer.fetched.jwks).toBe(1);
  });

  it('serve while the issuer is down for less than a day, and are asked for again with pauses', async () => {
    const { verifier, time, warnings, keys } = api();
    const known = token('k1', k1);
    await verifier.verify(known);
    issuer.answer = (_, response) => response.writeHead(503).end('secret detail');
    time.now += seconds(601);
    for (let i = 0; i < 20; i++)
      expect(reasonOf(await verifier.verify(token('k1', k1, `user${i}`)))).toBe('accepted');
    await keys.refresh();
    expect(issuer.fetched.jwks).toBe(2);
    expect(warnings).toEqual(['it answered 503']);
    expect(verifier.recall(known)).toBeDefined();
    // Whether this key is a new one only the issuer could tell.
    expect(await verifier.verify(token('new', k2))).toMatchObject({
      denial: { reason: 'token.keys-unavailable', note: 'it answered 503' },
    });
    expect(issuer.fetched.jwks).toBe(2);
    time.now += seconds(6);
    await verifier.verify(token('k1', k1, 'later'));
    await keys.refresh();
    expect(issuer.fetched.jwks).toBe(3);
    expect(warnings).toHaveLength(1);
  });

  it('are not trusted after a day without the issuer, remembered tokens included: 503, and well again when it is', async () => {
    const { verifier, time, keys } = api();
    const known = token('k1', k1);
    await verifier.verify(known);
    issuer.answer = (_, response) => response.destroy();
    time.now += seconds(86_399);
    expect(verifier.recall(known)).toBeDefined();
    await keys.refresh();
    expect(issuer.fetched.jwks).toBe(2);
    time.now += seconds(6);
    expect(verifier.recall(known)).toBeUndefined();
    const verdict = await verifier.verify(known);
    expect(verdict).toMatchObject({
      denial: { reason: 'token.keys-unavailable', headers: { 'Retry-After': '5' } },
    });
    expect(JSON.stringify(verdict)).not.toContain('WWW-Authenticate');

    issuer.answer = undefined;
    expect(reasonOf(await verifier.verify(known))).toBe('token.keys-unavailable');
    time.now += seconds(6);
    expect(reasonOf(await verifier.verify(known))).toBe('accepted');
  });

  it('that never came are a 503', async () => {
    issuer.answer = (_, response) => response.destroy();
    const { verifier } = api();
    expect(reasonOf(await verifier.verify(token('k1', k1)))).toBe('token.keys-unavailable');
    expect(reasonOf(await verifier.verify(token('k1', k1)))).toBe('token.keys-unavailable');
    expect(issuer.fetched.jwks).toBe(1);
  });

  it.each([
    ['before its answer', () => undefined],
    [
      'in the middle of it',
      (_: IncomingMessage, response: ServerResponse) =>
        void response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":['),
    ],
  ])(
    'hang %s: who waits is answered after the time limit, who does not need them at once',
    async (_name, answer) => {
      const { verifier, time } = api({ ...KEY_TIMING, timeout: 200 });
      const known = token('k1', k1);
      await verifier.verify(known);
      issuer.answer = answer;
      time.now += seconds(601);
      expect(reasonOf(await verifier.verify(known))).toBe('accepted');
      const verdicts = await Promise.all(
        Array.from({ length: 20 }, async () => verifier.verify(token('new', k2))),
      );
      expect(verdicts[0]).toMatchObject({
        denial: { reason: 'token.keys-unavailable', note: 'it did not answer in time' },
      });
      expect(new Set(verdicts.map(reasonOf)).size).toBe(1);
      expect(issuer.fetched.jwks).toBe(2);
    },
  );

  const many = JSON.stringify({ keys: Array.from({ length: 101 }, (_, i) => jwk(k1, `k${i}`)) });
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

  it.each<[string, string, RegExp]>([
    ['no JSON', '<html>', /JSON object/],
    ['a list', '[]', /JSON object/],
    ['a list of keys twice', '{"keys":[],"keys":[]}', /JSON object/],
    ['too deep', `{"x":${'['.repeat(17)}${']'.repeat(17)}}`, /JSON object/],
    ['no keys', '{}', /JWK set/],
    ['keys that are none', '{"keys":[1]}', /JWK set/],
    ['an empty set', '{"keys":[]}', /no key that can be used/],
    ['nothing but a weak key', JSON.stringify({ keys: [jwk(weak, 'k1')] }), /no key that can be used/],
    ['more keys than it may', many, /more than 100 keys/],
    ['more than it may', `{"keys":[],"x":"${'x'.repeat(600_000)}"}`, /512 KiB/],
  ])('%s is no key set', async (_name, text, why) => {
    issuer.answer = (_, response) => response.setHeader('content-type', 'application/json').end(text);
    const { verifier, warnings } = api();
    expect(reasonOf(await verifier.verify(token('k1', k1)))).toBe('token.keys-unavailable');
    expect(warnings[0]).toMatch(why);
  });

  it('are not fetched where a redirect leads', async () => {
    issuer.answer = (_, response) => response.writeHead(302, { location: 'https://attacker.test/' }).end();
    const { verifier, warnings } = api();
    expect(reasonOf(await verifier.verify(token('k1', k1)))).toBe('token.keys-unavailable');
    expect(warnings).toEqual(['it answered 302']);
  });

  it.each<[string | undefined, boolean]>([
    ['application/json', true],
    ['application/jwk-set+json; charset=utf-8', true],
    ['Application/JSON ;charset=utf-8', true],
    ['text/plain', false],
    ['text/html; application/json', false],
    ['application/jsonp', false],
    ['image/svg+json', false],
    [undefined, false],
  ])('with the content type %s are a key set: %s', async (type, good) => {
    issuer.answer = (_, response) => {
      if (type !== undefined) response.setHeader('content-type', type);
      response.end(JSON.stringify({ keys: issuer.keys }));
    };
    const { verifier } = api();
    const expected = good ? 'accepted' : 'token.keys-unavailable';
    expect(reasonOf(await verifier.verify(token('k1', k1)))).toBe(expected);
  });

  it('of which two are different under one kid are neither of them, and the others serve', async () => {
    issuer.keys = [jwk(k1, 'twice'), jwk(k2, 'k2'), jwk(k3, 'twice')];
    const { verifier, ignored } = api();
    expect(reasonOf(await verifier.verify(token('k2', k2)))).toBe('accepted');
    for (const key of [k1, k3])
      expect(reasonOf(await verifier.verify(token('twice', key)))).toBe('token.key-unknown');
    expect(ignored).toEqual(['it published different keys under one kid']);
  });

  it('may name one key twice, for each of its algorithms', async () => {
    const rsa = newKey('RS256');
    issuer.keys = ['RS256', 'PS256'].map((alg) => ({ ...jwk(rsa, 'k'), alg }));
    const { verifier, ignored } = api();
    const material = {
      issuer: issuer.url,
      audience: 'api',
      algorithm: 'RS256',
      signingKey: rsa,
      kid: 'k',
    } as const;
    expect(reasonOf(await verifier.verify(new Forge(material).claiming({})))).toBe('accepted');
    expect(ignored).toEqual([]);
  });

  it('of which some cannot be used leave the others: no secrets, no private keys, no small ones, none for encryption', async () => {
    const secret = newKey('HS256');
    const privateKey = newKey('ES256');
    issuer.keys = [
      { ...(secret.export({ format: 'jwk' }) as object), kid: 'oct', alg: 'HS256' },
      { ...(privateKey.export({ format: 'jwk' }) as object), kid: 'private' },
      { ...jwk(k2, 'enc'), use: 'enc' },
      { kty: 'unknown', kid: 'unknown' },
      jwk(weak, 'weak'),
      jwk(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey, 'exponent'),
      jwk(k1, 'k1'),
    ];
    const { verifier, ignored } = api();
    const hs = new Forge({
      issuer: issuer.url,
      audience: 'api',
      algorithm: 'HS256',
      signingKey: secret,
      kid: 'oct',
    });
    expect(reasonOf(await verifier.verify(token('k1', k1)))).toBe('accepted');
    expect(reasonOf(await verifier.verify(hs.claiming({})))).toBe('token.algorithm');
    expect(reasonOf(await verifier.verify(token('private', privateKey)))).toBe('token.key-unknown');
    expect(reasonOf(await verifier.verify(token('enc', k2)))).toBe('token.key-unknown');
    for (const [kid, key] of [
      ['weak', weak],
      ['exponent', newKey('RS256')],
    ] as const) {
      const rs = new Forge({ issuer: issuer.url, audience: 'api', algorithm: 'RS256', signingKey: key, kid });
      expect(reasonOf(await verifier.verify(rs.claiming({})))).toBe('token.key-unknown');
    }
    // Once, and without a word of the set itself.
    expect(ignored).toEqual([
      'it published a secret or a private key',
      'a key of it is an RSA key of 1024 bits',
      'a key of it is an RSA key with an exponent below 65537',
    ]);
  });
});

describe('discovery', () => {
  const verify = () => {
    const settings = resolveAuthentication({ issuer: issuer.url, audience: 'api', maxTtl: 31 * 86_400 });
    return new TokenVerifier(settings).verify(token('k1', k1));
  };
  const failureOf = async (loader = fromDiscovery(issuer.url)) =>
    loader(AbortSignal.timeout(1000)).then(
      () => undefined,
      (error: Error) => error.message,
    );

  it('finds the keys of the issuer', async () => {
    expect(reasonOf(await verify())).toBe('accepted');
    expect(issuer.fetched).toEqual({ discovery: 1, jwks: 1 });
  });

  it.each<[string, () => object, RegExp]>([
    [
      'another issuer',
      () => ({ issuer: 'https://attacker.test', jwks_uri: `${issuer.url}/jwks` }),
      /another issuer/,
    ],
    [
      'the issuer with a slash',
      () => ({ issuer: `${issuer.url}/`, jwks_uri: `${issuer.url}/jwks` }),
      /another issuer/,
    ],
    ['no jwks_uri', () => ({ issuer: issuer.url }), /jwks_uri/],
    [
      'a jwks_uri over http',
      () => ({ issuer: issuer.url, jwks_uri: 'http://attacker.test/jwks' }),
      /jwks_uri/,
    ],
    ['a file as jwks_uri', () => ({ issuer: issuer.url, jwks_uri: 'file:///etc/passwd' }), /jwks_uri/],
  ])('refuses a document with %s', async (_name, metadata, why) => {
    issuer.metadata = metadata;
    expect(await failureOf()).toMatch(why);
    expect(issuer.fetched.jwks).toBe(0);
  });

  it('does not follow a redirect', async () => {
    issuer.answer = (_, response) => response.writeHead(301, { location: `${issuer.url}/jwks` }).end();
    expect(await failureOf()).toMatch(/301/);
  });
});
