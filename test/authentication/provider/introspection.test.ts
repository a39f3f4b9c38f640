import { afterEach, describe, expect, it } from 'vitest';
import type { AuthenticationOptions } from '../../../lib/pipeline/authentication/authentication.options.js';
import { API, API_CLIENT, IdentityProvider, OPAQUE_API } from '../../support/identity-provider.js';
import { newProofKey, ProofForge } from '../dpop/proof-forge.js';
import { ADAPTERS, guardedApp } from '../guarded-app.js';
import { ask, WhoController } from './shop-api.js';

const ENDPOINT = '/token/introspection';
const closing: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Options = (issuer: string) => AuthenticationOptions;
const alone = (issuer: string) => ({ issuer, audience: OPAQUE_API, introspection: API_CLIENT });
const beside: Options = (issuer) => ({
  issuer,
  audience: [API, OPAQUE_API],
  jwksUri: `${issuer}/jwks`,
  introspection: API_CLIENT,
});

async function start(adapter: (typeof ADAPTERS)[number], options: Options) {
  const provider = await IdentityProvider.start('ES256');
  let offset = 0;
  const clock = () => Date.now() + offset;
  const app = await guardedApp(adapter, options(provider.url), [WhoController], { clock });
  closing.push(app.close, () => provider.down());
  return {
    provider,
    app,
    later: (seconds: number) => void (offset += seconds * 1000),
    ask: (token: string) => ask(app.url, token),
    opaque: async () => (await provider.clientCredentials(OPAQUE_API)).access_token,
  };
}

describe.each(ADAPTERS)('opaque tokens of a real provider, on %s', (adapter) => {
  it('of a machine and of a user who signed in are asked for once a minute', async () => {
    const { provider, ask, opaque, later } = await start(adapter, alone);
    const machine = await opaque();
    const { access_token: user } = await provider.signIn('alice', OPAQUE_API);
    for (let i = 0; i < 3; i++) expect([await ask(machine), await ask(user)]).toEqual(['machine', 'alice']);
    expect(provider.count(ENDPOINT)).toBe(2);
    later(61);
    expect(await ask(machine)).toBe('machine');
    expect(provider.count(ENDPOINT)).toBe(3);
  });

  it('are asked for once by all who come at once', async () => {
    const { provider, ask, opaque } = await start(adapter, alone);
    const token = await opaque();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(token)));
    expect(new Set(answers)).toEqual(new Set(['machine']));
    expect(provider.count(ENDPOINT)).toBe(1);
  });

  it('that were taken back at the provider are refused when the minute is over', async () => {
    const { provider, ask, opaque, later } = await start(adapter, alone);
    const token = await opaque();
    expect(await ask(token)).toBe('machine');
    await provider.revoke(token);
    later(59);
    expect(await ask(token)).toBe('machine');
    later(2);
    expect(await ask(token)).toBe('401 token.inactive');
  });

  it('that were taken back before they were seen never get in', async () => {
    const { provider, ask, opaque } = await start(adapter, alone);
    const token = await opaque();
    await provider.revoke(token);
    expect(await ask(token)).toBe('401 token.inactive');
  });

  it('that nobody issued are refused, and asked for once in ten seconds', async () => {
    const { provider, ask, later } = await start(adapter, alone);
    for (let i = 0; i < 5; i++) expect(await ask('nobody-issued-this')).toBe('401 token.inactive');
    expect(provider.count(ENDPOINT)).toBe(1);
    later(11);
    await ask('nobody-issued-this');
    expect(provider.count(ENDPOINT)).toBe(2);
  });

  it('are 503 while the provider is down or hangs, but for those that are known', async () => {
    const { provider, ask, opaque, later } = await start(adapter, alone);
    const [known, unseen] = [await opaque(), await opaque()];
    expect(await ask(known)).toBe('machine');
    await provider.down();
    expect(await ask(known)).toBe('machine');
    expect(await ask(unseen)).toBe('503 token.introspection-unavailable');
    later(61);
    expect(await ask(known)).toBe('503 token.introspection-unavailable');
    await provider.up();
    expect([await ask(known), await ask(unseen)]).toEqual(['machine', 'machine']);

    provider.hangs = true;
    expect(await ask('another')).toBe('503 token.introspection-unavailable');
    expect(await ask(known)).toBe('machine');
  });

  it('are 503 where the provider does not know our client', async () => {
    const { ask, opaque, app } = await start(adapter, (issuer) => ({
      ...alone(issuer),
      introspection: { ...API_CLIENT, clientSecret: 'wrong' },
    }));
    expect(await ask(await opaque())).toBe('503 token.introspection-unavailable');
    expect(app.reported.at(-1)).toBe('token.introspection-unavailable it answered 401');
  });

  it('of another API are refused, and so is a refresh token, for which the provider answers too', async () => {
    const { provider, ask } = await start(adapter, (issuer) => ({
      ...alone(issuer),
      audience: ['https://other.shop.test', 'web'],
    }));
    const { access_token: other, refresh_token: refresh } = await provider.signIn('alice', OPAQUE_API);
    expect(await ask(other)).toBe('401 token.audience');
    expect(await ask(refresh!)).toBe('401 token.type');
  });

  it('that are bound to a key are refused where nobody checks it', async () => {
    const { provider, ask } = await start(adapter, alone);
    const forge = new ProofForge(await newProofKey('ES256'), '', 'POST', `${provider.url}/token`);
    const proof = forge.claiming({ ath: undefined });
    const { access_token: bound } = await provider.clientCredentials(OPAQUE_API, 'orders:read', proof);
    expect(await ask(bound)).toBe('401 token.type');
  });

  it('come beside JWTs, which are verified here and sent to nobody', async () => {
    const { provider, ask, opaque } = await start(adapter, beside);
    const { access_token: jwt } = await provider.clientCredentials(API);
    expect(await ask(jwt)).toBe('machine');
    const [header, payload, signature] = jwt.split('.') as [string, string, string];
    const bent = [
      `${header}.${payload}.`,
      `${header}.${payload}`.replace('.', '..'),
      `${header}.${payload}.${signature}.`,
      `${header}.${payload}.${signature}.x.y`,
      `${header}.${payload}=.${signature}`,
      `${header}.e30.${signature}`,
    ];
    for (const token of bent) expect(await ask(token)).toMatch(/^401 token\.(malformed|issuer|signature)$/);
    expect(provider.count(ENDPOINT)).toBe(0);
    expect(await ask(await opaque())).toBe('machine');
    expect(provider.count(ENDPOINT)).toBe(1);
  });

  it('come beside tokens of other issuers', async () => {
    const other = await IdentityProvider.start('RS256');
    closing.push(() => other.down());
    const { provider, ask, opaque } = await start(adapter, (issuer) => ({
      issuers: [
        { issuer, audience: OPAQUE_API, introspection: API_CLIENT },
        { issuer: other.url, audience: API },
      ],
    }));
    expect(await ask((await other.clientCredentials()).access_token)).toBe(`${other.url}|machine`);
    expect(await ask(await opaque())).toBe(`${provider.url}|machine`);
    expect(other.count(ENDPOINT)).toBe(0);
  });

  it('a JWT of the provider is asked for where there is introspection alone; this provider takes none', async () => {
    const { provider, ask } = await start(adapter, alone);
    expect(await ask((await provider.clientCredentials(API)).access_token)).toBe('401 token.inactive');
    expect(provider.count(ENDPOINT)).toBe(1);
    const other = await IdentityProvider.start('ES256');
    closing.push(() => other.down());
    // A token for somebody else is not shown to this one.
    expect(await ask((await other.clientCredentials(API)).access_token)).toBe('401 token.issuer');
    expect(provider.count(ENDPOINT)).toBe(1);
  });
});
