import { createSecretKey, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Nonces } from '../../../lib/pipeline/authentication/dpop/nonces.js';
import { ADAPTERS, type AdapterName } from '../../support/start-app.js';
import { issuer } from '../../support/tokens.js';
import { send } from '../send.js';
import { hostileProofs } from './hostile-proofs.js';
import {
  LoneController,
  PlainController,
  proofApp,
  sendProven,
  served,
  tokenOf,
  type ProofApp,
} from './proof-app.js';
import { guardedApp } from '../guarded-app.js';
import { newProofKey, ProofForge, PUBLIC_URL, type ProofKey } from './proof-forge.js';

const ALGS = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519';
const DPOP = `DPoP realm="api", algs="${ALGS}"`;

describe.each(ADAPTERS)('DPoP on %s', (adapter: AdapterName) => {
  let app: ProofApp;
  let key: ProofKey;
  let token: string;
  let unbound: string;
  beforeAll(async () => {
    app = await proofApp(adapter);
    key = await newProofKey('ES256');
    token = await tokenOf('alice', key);
    unbound = await tokenOf('alice');
  });
  afterAll(() => app.close());
  beforeEach(() => {
    served.length = 0;
    app.reasons.length = 0;
  });
  const proof = (...[path = '/orders', method = 'GET']: string[]) =>
    new ProofForge(key, token, method, PUBLIC_URL + path).proof();

  it.each(['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'])('a proof of %s gets in', async (algorithm) => {
    const own = await newProofKey(algorithm);
    const { status, body } = await sendProven(app, await tokenOf('bob', own), own);
    expect([status, body]).toEqual([200, 'bob']);
  });

  it('lets in none of the hostile requests, and runs the handler for none', async () => {
    const hostile = await hostileProofs({
      token,
      key,
      otherToken: await tokenOf('mallory', key),
      unbound,
      issuerKey: issuer.publicKey,
      method: 'GET',
      url: `${PUBLIC_URL}/orders`,
    });
    expect(new Set(hostile.map(({ name }) => name)).size).toBe(hostile.length);
    expect(hostile.length).toBeGreaterThanOrEqual(180);
    const wrong: string[] = [];
    for (const { name, proofs, authorization = `DPoP ${token}` } of hostile) {
      const headers = proofs.flatMap((each) => ['DPoP', each]);
      const { status, headers: answered, body } = await send(`${app.url}/orders`, authorization, headers);
      const challenged = String(answered['www-authenticate']).includes(' realm="api"');
      if (status !== 401 || !challenged || body.includes(token)) wrong.push(`${name}: ${status}`);
    }
    expect(wrong).toEqual([]);
    expect(served).toEqual([]);
    expect(app.reasons).toHaveLength(hostile.length);
    expect((await sendProven(app, token, key)).status).toBe(200);
  });

  it('a proof counts once, whatever it is repeated with', async () => {
    const once = proof();
    const twice = async () => (await send(`${app.url}/orders`, `DPoP ${token}`, ['DPoP', once])).status;
    expect([await twice(), await twice(), await twice()]).toEqual([200, 401, 401]);
    expect(served).toEqual(['list']);
    expect(app.reasons).toEqual(['token.proof-replayed', 'token.proof-replayed']);
    // Its jti alone, in another proof of the same key.
    const again = (path: string) => sendProven(app, token, key, path, { jti: 'the same' });
    expect([(await again('/orders')).status, (await again('/payouts')).status]).toEqual([200, 401]);
    // Somebody else's jti is somebody else's.
    const other = await newProofKey('ES256');
    const theirs = await tokenOf('bob', other);
    expect((await sendProven(app, theirs, other, '/orders', { jti: 'the same' })).status).toBe(200);
  });

  it('a proof that is refused for another reason is not used up', async () => {
    const late = new ProofForge(key, token).claiming({ jti: 'kept' });
    const [head, claims, signature] = late.split('.');
    const broken = `${head}.${claims}.${signature!.startsWith('A') ? 'B' : 'A'}${signature!.slice(1)}`;
    const by = async (sent: string) =>
      (await send(`${app.url}/orders`, `DPoP ${token}`, ['DPoP', sent])).status;
    expect([await by(broken), await by(late)]).toEqual([401, 200]);
  });

  it('one proof, a hundred requests at once: one is served', async () => {
    const once = proof();
    const statuses = await Promise.all(
      Array.from({ length: 100 }, async () => {
        return (await send(`${app.url}/orders`, `DPoP ${token}`, ['DPoP', once])).status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 401)).toHaveLength(99);
    expect(served).toEqual(['list']);
  });

  it('is for its method and its path, query apart', async () => {
    const get = (path: string, sent: string) => send(app.url + path, `DPoP ${token}`, ['DPoP', sent]);
    expect((await get('/orders?page=2', proof())).status).toBe(200);
    expect((await get('/orders?page=2', proof('/orders?page=1'))).status).toBe(200);
    expect((await get('/payouts', proof())).status).toBe(401);
    expect((await get('/orders', proof('/orders', 'POST'))).status).toBe(401);
    const posted = await fetch(`${app.url}/orders`, {
      method: 'POST',
      headers: { Authorization: `DPoP ${token}`, DPoP: proof('/orders', 'POST') },
    });
    expect(posted.status).toBe(200);
  });

  it('does not believe a Host, nor what a client says of the proxy in front of it', async () => {
    const evil = new ProofForge(key, token, 'GET', 'https://attacker.example/orders').proof();
    const headers = ['DPoP', evil, 'X-Forwarded-Host', 'attacker.example', 'X-Forwarded-Proto', 'https'];
    expect((await send(`${app.url}/orders`, `DPoP ${token}`, headers)).status).toBe(401);
    const real = new ProofForge(key, token, 'GET', `${app.url}/orders`).proof();
    expect((await send(`${app.url}/orders`, `DPoP ${token}`, ['DPoP', real])).status).toBe(401);
  });

  it('says what it takes: to who brings nothing, and of what is wrong', async () => {
    const challenge = async (authorization: string | string[], ...headers: string[]) =>
      (await send(`${app.url}/orders`, authorization, headers)).headers['www-authenticate'];
    expect(await challenge([])).toBe(`Bearer realm="api", ${DPOP}`);
    expect(await challenge('Basic abc')).toBe(`Bearer realm="api", ${DPOP}`);
    expect(await challenge(`DPoP ${token}`)).toBe(`${DPOP}, error="invalid_dpop_proof"`);
    expect(await challenge(`Bearer ${token}`)).toBe(`${DPOP}, error="invalid_token"`);
    expect(await challenge('DPoP abc', 'DPoP', proof())).toBe(`${DPOP}, error="invalid_token"`);
    expect(await challenge('Bearer abc')).toBe('Bearer realm="api", error="invalid_token"');
    expect((await send(`${app.url}/payouts`)).headers['www-authenticate']).toBe(DPOP);
    expect(app.reasons).toEqual([
      'token.missing',
      'token.scheme',
      'token.proof',
      'token.binding',
      'token.malformed',
      'token.malformed',
      'token.missing',
    ]);
  });

  it('@RequireDpop() takes no token that is bound to no key', async () => {
    expect((await send(`${app.url}/payouts`, `Bearer ${unbound}`)).status).toBe(401);
    expect(app.reasons).toEqual(['token.binding']);
    expect(served).toEqual([]);
    expect((await sendProven(app, token, key, '/payouts')).status).toBe(200);
  });

  it('elsewhere a token that is bound to no key needs no proof, and one beside it is not looked at', async () => {
    expect((await send(`${app.url}/orders`, `Bearer ${unbound}`)).status).toBe(200);
    expect((await send(`${app.url}/orders`, `Bearer ${unbound}`, ['DPoP', 'a', 'DPoP', 'b'])).status).toBe(
      200,
    );
  });

  it('a public route asks for nothing', async () => {
    expect((await send(`${app.url}/probe`, `DPoP ${token}`)).status).toBe(200);
  });

  it.each([
    ['another member', { jkt: 'x', 'x5t#S256': 'y' }],
    ['an unknown member', { kid: 'a' }],
    ['nothing', {}],
    ['a list', []],
    ['null', null],
    ['text', 'jkt'],
  ])('a token whose cnf has %s is no token', async (_, cnf) => {
    const odd = await tokenOf('alice', undefined, { cnf });
    expect((await sendProven(app, odd, key)).status).toBe(401);
    expect((await send(`${app.url}/orders`, `Bearer ${odd}`)).status).toBe(401);
    expect(served).toEqual([]);
  });
});

describe.each(ADAPTERS)('DPoP on %s, by option', (adapter: AdapterName) => {
  let key: ProofKey;
  let token: string;
  beforeAll(async () => {
    key = await newProofKey('ES256');
    token = await tokenOf('alice', key);
  });
  beforeEach(() => void (served.length = 0));

  it('left out: a bound token is refused, DPoP is a scheme that nobody knows, and @RequireDpop() does not start', async () => {
    await expect(proofApp(adapter, {})).rejects.toThrow('OrdersController.payouts  [access.no-dpop]');
    const app = await proofApp(adapter, {}, {}, [PlainController]);
    expect((await sendProven(app, token, key, '/plain')).status).toBe(401);
    expect((await send(`${app.url}/plain`, `Bearer ${token}`)).status).toBe(401);
    expect(app.reasons).toEqual(['token.scheme', 'token.type']);
    expect((await send(`${app.url}/plain`, `Bearer ${await tokenOf('alice')}`)).status).toBe(200);
    expect((await send(`${app.url}/plain`)).headers['www-authenticate']).toBe('Bearer realm="api"');
    await app.close();
  });

  it('required: no other token gets in anywhere', async () => {
    const app = await proofApp(adapter, { dpop: { publicUrl: PUBLIC_URL, required: true } });
    const missing = await send(`${app.url}/orders`);
    expect(missing.headers['www-authenticate']).toBe(DPOP);
    expect((await send(`${app.url}/orders`, `Bearer ${await tokenOf('alice')}`)).status).toBe(401);
    expect((await sendProven(app, token, key)).status).toBe(200);
    expect(served).toEqual(['list']);
    expect(app.reasons).toEqual(['token.missing', 'token.binding']);
    await app.close();
  });

  it('with a nonce: no proof counts that was made in advance, and the next nonce comes in time', async () => {
    const nonceSecret = randomBytes(32);
    const app = await proofApp(adapter, { dpop: { publicUrl: PUBLIC_URL, nonceSecret } });
    const second = await proofApp(adapter, { dpop: { publicUrl: PUBLIC_URL, nonceSecret } });
    const refused = await sendProven(app, token, key);
    const nonce = String(refused.headers['dpop-nonce']);
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([
      401,
      `${DPOP}, error="use_dpop_nonce"`,
    ]);
    expect(app.reasons).toEqual(['token.nonce']);
    const good = await sendProven(app, token, key, '/orders', { nonce });
    expect([good.status, good.headers['dpop-nonce']]).toEqual([200, undefined]);
    expect((await sendProven(second, token, key, '/orders', { nonce })).status).toBe(200);
    for (const wrong of ['', 'a', nonce.slice(1), `${nonce}a`, 1, null, [nonce]])
      expect((await sendProven(app, token, key, '/orders', { nonce: wrong })).status).toBe(401);
    expect(served).toEqual(['list', 'list']);
    await Promise.all([app.close(), second.close()]);
  });

  it('with a nonce: one that is about to run out brings the next', async () => {
    const nonceSecret = randomBytes(32);
    const app = await proofApp(adapter, { dpop: { publicUrl: PUBLIC_URL, nonceSecret } });
    const nonces = new Nonces(createSecretKey(nonceSecret));
    const minute = () => Math.floor(Date.now() / 60_000);
    for (let began = -1; began !== minute();) {
      began = minute();
      const last = nonces.current(Date.now() - 60_000);
      const { status, headers } = await sendProven(app, token, key, '/orders', { nonce: last });
      if (began !== minute()) continue;
      expect([status, headers['dpop-nonce']]).toEqual([200, nonces.current(Date.now())]);
    }
    await app.close();
  });

  it('narrower algorithms', async () => {
    const app = await proofApp(adapter, { dpop: { publicUrl: PUBLIC_URL, algorithms: ['EdDSA'] } });
    expect((await sendProven(app, token, key)).status).toBe(401);
    const own = await newProofKey('EdDSA');
    expect((await sendProven(app, await tokenOf('bob', own), own)).status).toBe(200);
    await app.close();
  });

  it('where the store is down nobody can say that a proof is new: 503', async () => {
    const state = { run: () => Promise.reject(new Error('down')) };
    const app = await proofApp(adapter, undefined, { state });
    const { status, headers } = await sendProven(app, token, key);
    expect([status, headers['retry-after']]).toEqual([503, '5']);
    expect(served).toEqual([]);
    expect((await send(`${app.url}/orders`, `Bearer ${await tokenOf('alice')}`)).status).toBe(200);
    await app.close();
  });
});

describe.each(ADAPTERS)('JwtAuthGuard alone on %s', (adapter: AdapterName) => {
  it('asks for the same proof: passport decides nothing by itself', async () => {
    const key = await newProofKey('ES256');
    const token = await tokenOf('alice', key);
    const options = { ...issuer.options, dpop: { publicUrl: PUBLIC_URL } };
    const app = await guardedApp(adapter, options, [LoneController]);
    const hostile = await hostileProofs({
      token,
      key,
      otherToken: await tokenOf('mallory', key),
      unbound: await tokenOf('alice'),
      issuerKey: issuer.publicKey,
      method: 'GET',
      url: `${PUBLIC_URL}/orders`,
    });
    served.length = 0;
    const wrong: string[] = [];
    for (const { name, proofs, authorization = `DPoP ${token}` } of hostile) {
      const headers = proofs.flatMap((each) => ['DPoP', each]);
      const { status } = await send(`${app.url}/orders`, authorization, headers);
      if (status !== 401) wrong.push(`${name}: ${status}`);
    }
    expect([wrong, served]).toEqual([[], []]);
    const again = () => sendProven(app, token, key, '/orders', { jti: 'once' });
    expect([(await again()).status, (await again()).status]).toEqual([200, 401]);
    expect(served).toEqual(['alone']);
    await app.close();
  });
});
