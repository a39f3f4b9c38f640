import { afterEach, describe, expect, it } from 'vitest';
import { decodeProtectedHeader } from 'jose';
import { API, IdentityProvider, type ProviderAlgorithm } from '../../support/identity-provider.js';
import { ADAPTERS } from '../guarded-app.js';
import { send } from '../send.js';
import { shopApi } from './shop-api.js';

const ALGORITHMS: readonly ProviderAlgorithm[] = ['RS256', 'ES256', 'Ed25519'];
const closing: Array<() => Promise<void>> = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(
  adapter: (typeof ADAPTERS)[number],
  { algorithm = 'ES256', ...changes }: { algorithm?: ProviderAlgorithm } & Parameters<typeof shopApi>[2] = {},
) {
  const provider = await IdentityProvider.start(algorithm);
  const api = await shopApi(adapter, provider, changes);
  closing.push(api.app.close, () => provider.down());
  return { provider, ...api };
}

describe.each(ADAPTERS)('tokens of a real provider, on %s', (adapter) => {
  it.each(ALGORITHMS)('%s: a machine with its own credentials', async (algorithm) => {
    const { provider, ask, app } = await start(adapter, { algorithm });
    const { access_token: token } = await provider.clientCredentials();
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: algorithm, typ: 'at+jwt' });
    expect(await ask(token)).toBe('machine');
    const { body } = await send(`${app.url}/who`, `Bearer ${token}`);
    expect(JSON.parse(body)).toEqual({ id: 'machine', roles: ['user'], scopes: ['orders:read'] });
  });

  it('a user who signed in with a code and PKCE, and again after the refresh at the provider', async () => {
    const { provider, ask } = await start(adapter);
    const first = await provider.signIn('alice');
    expect(await ask(first.access_token)).toBe('alice');
    const second = await provider.refresh(first.refresh_token!);
    expect(second.access_token).not.toBe(first.access_token);
    expect(await ask(second.access_token)).toBe('alice');
    expect(await ask(first.refresh_token!)).toBe('401 token.malformed');
  });

  it('not a token for another API', async () => {
    const { provider, ask } = await start(adapter);
    expect(await ask((await provider.clientCredentials('https://other.shop.test')).access_token)).toBe(
      '401 token.audience',
    );
  });

  it.each(['rfc9068', 'oidc-compat'] as const)(
    'not an ID token, even where its client is an audience (profile %s)',
    async (profile) => {
      const { provider, ask } = await start(adapter, { profile, audience: ['web', API] });
      const { id_token: idToken, access_token: accessToken } = await provider.signIn('alice');
      expect(await ask(idToken!)).toBe('401 token.type');
      expect(await ask(accessToken)).toBe('alice');
    },
  );

  it('not a token of another provider, whatever it says', async () => {
    const { ask, provider } = await start(adapter);
    const other = await IdentityProvider.start('ES256');
    closing.push(() => other.down());
    // It names a key that the trusted provider does not have.
    expect(await ask((await other.clientCredentials()).access_token)).toBe('401 token.key-unknown');
    expect(other.count('/jwks')).toBe(0);
    expect(provider.count('/jwks')).toBe(1);
  });
});
