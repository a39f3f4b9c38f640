import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { Authenticated, CurrentUser, Returns, type Principal } from 'nestjs-gatehouse';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newCertificate, type TestCertificate } from '../../support/certificates.js';
import { guardedModule } from '../../support/guarded-module.js';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../../support/start-app.js';
import { issuer } from '../../support/tokens.js';
import { send } from '../send.js';
import { tokenOf } from '../dpop/proof-app.js';
import { newProofKey, ProofForge, PUBLIC_URL } from '../dpop/proof-forge.js';

let served = 0;

@Controller()
@Authenticated()
class AccountsController {
  @Get('accounts')
  @Returns(String)
  list(@CurrentUser() { id }: Principal) {
    served++;
    return id;
  }
}

const [alice, mallory, server] = ['alice', 'mallory', 'server'].map(newCertificate) as [
  TestCertificate,
  TestCertificate,
  TestCertificate,
];
const boundTo = (thumbprint: unknown, more: object = {}) =>
  tokenOf('alice', undefined, { cnf: { 'x5t#S256': thumbprint, ...more } });
const reasons: string[] = [];
const moduleOf = (authentication: object, edge: object = {}) =>
  guardedModule([AccountsController], {
    authentication: { ...issuer.options, ...authentication },
    edge,
    throttling: { failures: false, door: false },
    events: { sink: { write: (event) => void ('reason' in event && reasons.push(event.reason)) } },
  });
beforeEach(() => {
  served = 0;
  reasons.length = 0;
});

describe.each(ADAPTERS)('a server that ends TLS itself, on %s', (adapter: AdapterName) => {
  let url: string;
  let close: () => Promise<void>;
  let token: string;
  beforeAll(async () => {
    token = await boundTo(alice.thumbprint);
    const https = { key: server.key, cert: server.pem, requestCert: true, rejectUnauthorized: false };
    const module = moduleOf({ mtls: { certificate: 'socket' }, dpop: { publicUrl: PUBLIC_URL } });
    const quiet = { logger: false as const, abortOnError: false };
    const app =
      adapter === 'express'
        ? await NestFactory.create(module, new ExpressAdapter(), { ...quiet, httpsOptions: https })
        : await NestFactory.create(module, new FastifyAdapter({ https }), quiet);
    await app.listen(0, '127.0.0.1');
    url = `https://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/accounts`;
    close = async () => {
      app.getHttpServer().closeAllConnections();
      await app.close();
    };
  });
  afterAll(() => close());

  interface Called {
    readonly status: number;
    readonly resumed: boolean;
    readonly challenge: string | undefined;
  }
  function call(
    authorization: string,
    certificate?: TestCertificate,
    {
      headers = {},
      ...options
    }: { headers?: Record<string, string>; agent?: Agent; maxVersion?: 'TLSv1.2' } = {},
  ): Promise<Called> {
    const identity = certificate ? { key: certificate.key, cert: certificate.pem } : {};
    return new Promise((resolve, reject) => {
      const outgoing = request(url, {
        rejectUnauthorized: false,
        headers: { Authorization: authorization, ...headers },
        ...identity,
        ...options,
      });
      outgoing.on('response', (response) => {
        const resumed = (response.socket as TLSSocket).isSessionReused();
        response.resume().on('end', () => {
          resolve({ status: response.statusCode!, resumed, challenge: response.headers['www-authenticate'] });
        });
      });
      outgoing.on('error', reject).end();
    });
  }

  it.each([undefined, 'TLSv1.2'] as const)(
    'takes a bound token over its certificate alone (%s)',
    async (maxVersion) => {
      const options = maxVersion ? { maxVersion } : {};
      const statuses = [];
      for (const certificate of [alice, mallory, undefined])
        statuses.push((await call(`Bearer ${token}`, certificate, options)).status);
      expect(statuses).toEqual([200, 401, 401]);
      expect([served, reasons]).toEqual([1, ['token.binding', 'token.binding']]);
    },
  );

  it('says invalid_token', async () => {
    const { challenge } = await call(`Bearer ${token}`, mallory);
    expect(challenge).toBe('Bearer realm="api", error="invalid_token"');
  });

  it.each([undefined, 'TLSv1.2'] as const)(
    'knows the certificate of a session that is taken up again (%s)',
    async (maxVersion) => {
      const options = maxVersion ? { maxVersion } : {};
      const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 });
      const called: Called[] = [];
      for (let i = 0; i < 4; i++) called.push(await call(`Bearer ${token}`, alice, { agent, ...options }));
      expect(called.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(called.some(({ resumed }) => resumed)).toBe(true);
    },
  );

  it('believes no header', async () => {
    const headers = {
      'Client-Cert': `:${alice.der.toString('base64')}:`,
      'X-SSL-Client-Cert': encodeURIComponent(alice.pem),
    };
    expect((await call(`Bearer ${token}`, mallory, { headers })).status).toBe(401);
    expect((await call(`Bearer ${token}`, undefined, { headers })).status).toBe(401);
    expect(served).toBe(0);
  });

  it('takes a token that is bound to nothing over any connection', async () => {
    const unbound = await tokenOf('alice');
    expect((await call(`Bearer ${unbound}`, mallory)).status).toBe(200);
    expect((await call(`Bearer ${unbound}`)).status).toBe(200);
  });

  it('asks for both of a token that names both', async () => {
    const key = await newProofKey('ES256');
    const both = await boundTo(alice.thumbprint, { jkt: key.thumbprint });
    const proof = () => ({ DPoP: new ProofForge(key, both, 'GET', `${PUBLIC_URL}/accounts`).proof() });
    expect((await call(`DPoP ${both}`, alice, { headers: proof() })).status).toBe(200);
    expect((await call(`DPoP ${both}`, mallory, { headers: proof() })).status).toBe(401);
    expect((await call(`DPoP ${both}`, alice)).status).toBe(401);
    expect((await call(`Bearer ${both}`, alice)).status).toBe(401);
    // Bound to a certificate alone, it is no token for the scheme DPoP.
    const sent = new ProofForge(key, token, 'GET', `${PUBLIC_URL}/accounts`).proof();
    expect((await call(`DPoP ${token}`, alice, { headers: { DPoP: sent } })).status).toBe(401);
    expect(served).toBe(1);
  });

  it.each([
    ['an unknown member', { 'x5t#S256': alice.thumbprint, kid: 'a' }],
    ['SHA-1', { x5t: alice.thumbprint }],
    ['a list', [{ 'x5t#S256': alice.thumbprint }]],
    ['a number', { 'x5t#S256': 1 }],
    ['a padded thumbprint', { 'x5t#S256': `${alice.thumbprint}=` }],
    ['an empty thumbprint', { 'x5t#S256': '' }],
  ])('refuses a token whose cnf has %s', async (_, cnf) => {
    const odd = await tokenOf('alice', undefined, { cnf });
    expect((await call(`Bearer ${odd}`, alice)).status).toBe(401);
    expect(served).toBe(0);
  });
});

describe.each(ADAPTERS)('a server behind a proxy, on %s', (adapter: AdapterName) => {
  const formats = {
    rfc9440: { options: { certificate: 'rfc9440' }, name: 'Client-Cert' },
    'escaped-pem': {
      options: { certificate: 'escaped-pem', header: 'X-SSL-Client-Cert' },
      name: 'x-ssl-client-cert',
    },
  };
  const written = ({ der, pem }: TestCertificate, format: string) =>
    format === 'rfc9440' ? `:${der.toString('base64')}:` : encodeURIComponent(pem);
  const trusted = { trustedProxies: ['127.0.0.0/8'] };

  describe.each(Object.entries(formats))('%s', (format, { options, name }) => {
    let app: StartedApp;
    let token: string;
    beforeAll(async () => {
      app = await startApp(moduleOf({ mtls: options }, trusted), adapter);
      token = await boundTo(alice.thumbprint);
    });
    afterAll(() => app.close());
    const by = async (...headers: string[]) =>
      (await send(`${app.url}/accounts`, `Bearer ${token}`, headers)).status;

    it('takes a bound token with its certificate in the header, and with nothing else', async () => {
      expect(await by(name, written(alice, format))).toBe(200);
      expect(await by(name, written(mallory, format))).toBe(401);
      expect(await by()).toBe(401);
      expect(await by(name, '')).toBe(401);
      expect(await by('X-Other', written(alice, format))).toBe(401);
      const other = format === 'rfc9440' ? 'escaped-pem' : 'rfc9440';
      expect(await by(name, written(alice, other))).toBe(401);
      expect(served).toBe(1);
    });

    it('takes no second one: a client wrote the first', async () => {
      expect(await by(name, written(alice, format), name, written(mallory, format))).toBe(401);
      expect(await by(name, written(mallory, format), name, written(alice, format))).toBe(401);
      expect(await by(name, written(alice, format), name.toUpperCase(), written(alice, format))).toBe(401);
      expect(await by(name, `${written(alice, format)}, ${written(mallory, format)}`)).toBe(401);
      expect(served).toBe(0);
    });
  });

  it('believes the header of nobody but a declared proxy', async () => {
    const options = { mtls: { certificate: 'rfc9440' } };
    const app = await startApp(moduleOf(options, { trustedProxies: ['10.0.0.0/8'] }), adapter);
    const token = await boundTo(alice.thumbprint);
    const headers = ['Client-Cert', written(alice, 'rfc9440'), 'X-Forwarded-For', '10.0.0.1'];
    expect((await send(`${app.url}/accounts`, `Bearer ${token}`, headers)).status).toBe(401);
    expect([served, reasons]).toEqual([0, ['token.binding']]);
    await app.close();
  });
});

describe('at boot', () => {
  it('a header without a proxy that would write it does not start', () => {
    for (const edge of [{}, { trustedProxies: [] }])
      expect(() => moduleOf({ mtls: { certificate: 'rfc9440' } }, edge)).toThrow(
        'authentication.mtls.certificate',
      );
  });
});
