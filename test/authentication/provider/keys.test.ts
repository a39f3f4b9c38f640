import { afterEach, describe, expect, it, vi } from 'vitest';
import { IdentityProvider } from '../../support/identity-provider.js';
import { resolveAuthentication } from '../../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../../lib/pipeline/authentication/token-verifier.js';
import { ADAPTERS } from '../guarded-app.js';
import { Forge, newKey } from '../forge.js';
import { shopApi } from './shop-api.js';

const DAY = 86_400;
const closing: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(adapter: (typeof ADAPTERS)[number]) {
  const provider = await IdentityProvider.start('ES256');
  const api = await shopApi(adapter, provider);
  closing.push(api.app.close, () => provider.down());
  const newToken = async () => (await provider.clientCredentials()).access_token;
  return { provider, newToken, ...api };
}

describe.each(ADAPTERS)('the keys of a real provider, on %s', (adapter) => {
  it('are there before the first request', async () => {
    const { provider } = await start(adapter);
    await vi.waitFor(() => expect(provider.count('/jwks')).toBe(1));
  });

  it('rotate: old and new tokens are valid, until the old key is withdrawn', async () => {
    const { provider, newToken, ask, keys, later } = await start(adapter);
    const old = await newToken();
    expect(await ask(old)).toBe('machine');
    await provider.signWith('ES256');
    const signedNew = await newToken();
    later(31);
    expect(await ask(signedNew)).toBe('machine');
    expect(await ask(old)).toBe('machine');
    expect(provider.count('/jwks')).toBe(2);

    await provider.withdrawOldKeys();
    later(601);
    await ask(signedNew);
    await keys.refresh();
    expect(await ask(signedNew)).toBe('machine');
    expect(await ask(old)).toBe('401 token.key-unknown');
  });

  it('rotate to another algorithm, which the issuer may, since it is its key that says so', async () => {
    const { provider, newToken, ask, later } = await start(adapter);
    const old = await newToken();
    expect(await ask(old)).toBe('machine');
    await provider.signWith('RS256');
    later(31);
    expect(await ask(await newToken())).toBe('machine');
    expect(await ask(old)).toBe('machine');
  });

  it('serve on while the provider is down for less than a day, and not longer: 503, until it is back', async () => {
    const { provider, newToken, ask, keys, later } = await start(adapter);
    const [known, unseen] = [await newToken(), await newToken()];
    expect(await ask(known)).toBe('machine');
    await provider.down();
    later(DAY - 10);
    expect(await ask(known)).toBe('machine');
    expect(await ask(unseen)).toBe('machine');
    await keys.refresh();
    expect(keys.failure).toBe('it could not be reached');

    later(11);
    expect(await ask(known)).toBe('503 token.keys-unavailable');
    expect(await ask(unseen)).toBe('503 token.keys-unavailable');
    await provider.up();
    later(6);
    expect(await ask(known)).toBe('machine');
  });

  it('serve at once while the provider hangs: nobody who has a key waits for it', async () => {
    const { provider, newToken, ask, keys, later } = await start(adapter);
    const [known, unseen] = [await newToken(), await newToken()];
    expect(await ask(known)).toBe('machine');
    provider.hangs = true;
    later(601);
    const before = provider.count('/.well-known/openid-configuration');
    for (let i = 0; i < 10; i++) expect(await ask(i % 2 ? known : unseen)).toBe('machine');
    // The fetch began, and is not over: none of the ten can have waited for it.
    expect(keys.failure).toBeUndefined();
    expect(provider.count('/.well-known/openid-configuration')).toBe(before + 1);
  });

  it('are fetched once for a flood of 500 unknown names', async () => {
    const { provider, newToken, ask, later } = await start(adapter);
    expect(await ask(await newToken())).toBe('machine');
    later(31);
    const forge = new Forge({
      issuer: provider.url,
      audience: 'any',
      algorithm: 'ES256',
      signingKey: newKey('ES256'),
    });
    const flood = Array.from({ length: 500 }, (_, i) => ask(forge.headed({ kid: `unknown-${i}` })));
    expect(new Set(await Promise.all(flood))).toEqual(new Set(['401 token.key-unknown']));
    expect(provider.count('/jwks')).toBe(2);
  });

  it('need not be there for the application to start: it does, answers 503, and goes on when they are', async () => {
    const provider = await IdentityProvider.start('ES256');
    const token = (await provider.clientCredentials()).access_token;
    await provider.down();
    const { app, ask, later, keys } = await shopApi(adapter, provider);
    closing.push(app.close, () => provider.down());
    expect(await ask(token)).toBe('503 token.keys-unavailable');
    expect(keys.failure).toBe('it could not be reached');
    await provider.up();
    later(6);
    expect(await ask(token)).toBe('machine');
  });
});

describe('discovery', () => {
  async function reasonAt(provider: IdentityProvider): Promise<string> {
    const { access_token: token } = await provider.clientCredentials();
    const options = { issuer: provider.url, audience: 'https://api.shop.test' };
    const verdict = await new TokenVerifier(resolveAuthentication(options)).verify(token);
    return 'denial' in verdict ? verdict.denial.reason : verdict.principal.id;
  }

  async function startAt(path: string): Promise<IdentityProvider> {
    const provider = await IdentityProvider.start('ES256', path);
    closing.push(() => provider.down());
    return provider;
  }

  it('finds the keys of an issuer with a path', async () => {
    expect(await reasonAt(await startAt('/tenants/a'))).toBe('machine');
  });

  it.each(['', '/tenants/a'])(
    'takes the document of OAuth where there is none of OpenID: %j',
    async (path) => {
      const provider = await startAt(path);
      provider.serveOAuthMetadata();
      expect(await reasonAt(provider)).toBe('machine');
      expect([...provider.asked.keys()]).toContain(`/.well-known/oauth-authorization-server${path}`);
    },
  );

  it('does not take it where that of OpenID fails otherwise', async () => {
    const provider = await startAt('');
    provider.serveOAuthMetadata(500);
    expect(await reasonAt(provider)).toBe('token.keys-unavailable');
    expect([...provider.asked.keys()]).not.toContain('/.well-known/oauth-authorization-server');
  });
});
