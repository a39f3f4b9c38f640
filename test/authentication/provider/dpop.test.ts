import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  API,
  API_CLIENT,
  IdentityProvider,
  OPAQUE_API,
  type Tokens,
} from '../../support/identity-provider.js';
import { ADAPTERS } from '../../support/start-app.js';
import { proofApp, sendProven, served } from '../dpop/proof-app.js';
import { newProofKey, ProofForge, PUBLIC_URL, type ProofKey } from '../dpop/proof-forge.js';
import { send } from '../send.js';

describe.each(ADAPTERS)('a token that a real provider has bound to a key, on %s', (adapter) => {
  let provider: IdentityProvider;
  beforeAll(async () => void (provider = await IdentityProvider.start('ES256')));
  afterAll(() => provider.down());
  // For the token endpoint, where there is no token yet.
  const tokensFor = (key: ProofKey, resource = API): Promise<Tokens> =>
    provider.clientCredentials(
      resource,
      'orders:read',
      new ProofForge(key, '', 'POST', `${provider.url}/token`).claiming({ ath: undefined }),
    );

  it.each(['ES256', 'EdDSA'])('gets in with a proof of %s and with no other', async (algorithm) => {
    const app = await proofApp(adapter, {
      issuer: provider.url,
      audience: API,
      dpop: { publicUrl: PUBLIC_URL },
    });
    served.length = 0;
    const key = await newProofKey(algorithm);
    const { access_token: token, token_type: type } = await tokensFor(key);
    expect(type).toBe('DPoP');
    const { status, body } = await sendProven(app, token, key);
    expect([status, body]).toEqual([200, 'machine']);
    expect((await sendProven(app, token, await newProofKey(algorithm))).status).toBe(401);
    expect((await send(`${app.url}/orders`, `Bearer ${token}`)).status).toBe(401);
    expect(served).toEqual(['list']);
    await app.close();
  });

  it('is bound also where it is opaque and the provider says to which key', async () => {
    const app = await proofApp(adapter, {
      issuer: provider.url,
      audience: OPAQUE_API,
      introspection: API_CLIENT,
      dpop: { publicUrl: PUBLIC_URL },
    });
    served.length = 0;
    const key = await newProofKey('ES256');
    const { access_token: token } = await tokensFor(key, OPAQUE_API);
    expect(token).not.toContain('.');
    for (let i = 0; i < 2; i++) {
      expect((await sendProven(app, token, await newProofKey('ES256'))).status).toBe(401);
      expect((await send(`${app.url}/orders`, `Bearer ${token}`)).status).toBe(401);
      const { status, body } = await sendProven(app, token, key);
      expect([status, body]).toEqual([200, 'machine']);
    }
    expect(served).toEqual(['list', 'list']);
    await app.close();
  });
});
