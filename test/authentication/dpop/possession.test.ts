import { describe, expect, it } from 'vitest';
import type { GuardCall } from '../../../lib/core/control.js';
import type { Principal } from '../../../lib/core/principal.js';
import { resolveAuthentication } from '../../../lib/pipeline/authentication/authentication.options.js';
import { ProofOfPossession } from '../../../lib/pipeline/authentication/proof-of-possession.js';
import { acceptedCredentials } from '../../../lib/pipeline/authentication/accepted-credentials.js';
import { resolveDpop } from '../../../lib/pipeline/authentication/dpop/dpop.options.js';
import { issuer } from '../../support/tokens.js';
import { send } from '../send.js';
import { proofApp, sendProven, tokenOf } from './proof-app.js';
import { newProofKey, ProofForge, PUBLIC_URL } from './proof-forge.js';

const principalOf = (cnf: unknown): Principal => ({
  id: 'alice',
  roles: [],
  scopes: [],
  claims: { cnf },
  method: 'jwt',
  authenticatedAt: 0,
});

describe('a binding that is not checked is not met, whoever made the principal', () => {
  const all = { dpop: { publicUrl: PUBLIC_URL }, mtls: { certificate: 'socket' as const } };
  it.each<[string, object, unknown]>([
    ['nothing configured', {}, { jkt: 'x' }],
    ['dpop alone', { dpop: all.dpop }, { 'x5t#S256': 'x' }],
    ['mtls alone', { mtls: all.mtls }, { jkt: 'x' }],
    ['an unknown member', all, { kid: 'x' }],
    ['one of two unknown', all, { jkt: 'x', kid: 'x' }],
    ['nothing', all, {}],
    ['a list', all, ['jkt']],
    ['null', all, null],
    ['text', all, 'jkt'],
    ['a name of Object.prototype', all, { constructor: 'x' }],
  ])('%s', (_, options, cnf) => {
    const possession = new ProofOfPossession(resolveAuthentication({ ...issuer.options, ...options }));
    const principal = principalOf(cnf);
    for (const kind of ['bearer', 'cookie', 'dpop'] as const) {
      const credential = { kind, value: 'a.b.c' };
      expect(possession.concerns(credential, principal)).toBe(true);
      const raw = { rawHeaders: [], socket: {}, method: 'GET', url: '/' };
      const checked = possession.check(credential, principal, { raw, facts: {} } as unknown as GuardCall);
      expect(checked).toHaveProperty('denial.reason', 'token.binding');
    }
  });
});

describe('a route that takes API keys beside tokens, with dpop.required', () => {
  const dpop = resolveDpop({ publicUrl: 'https://api.example.com', required: true, algorithms: ['ES256'] });
  const { missing, requirement } = acceptedCredentials(['jwt', 'api-key'], { realm: 'api', dpop });

  it('names both schemes, and takes keys and bound tokens', () => {
    expect(missing.headers).toEqual({
      'WWW-Authenticate': 'DPoP realm="api", algs="ES256", ApiKey realm="api"',
    });
    expect(requirement!({ ...principalOf(undefined), method: 'api-key' })).toBeUndefined();
    expect(requirement!(principalOf({ jkt: 'x' }))).toBeUndefined();
    expect(requirement!(principalOf(undefined))).toHaveProperty('reason', 'token.binding');
    expect(requirement!(principalOf({ 'x5t#S256': 'x' }))).toHaveProperty('reason', 'token.binding');
  });
});

it('a proof that is repeated spends the limits of its owner once, and those of its address from then on', async () => {
  const throttlers = [{ name: 'user', by: 'user', ttl: 60_000, limit: 5 }] as const;
  const app = await proofApp('express', undefined, { throttling: { throttlers, failures: false } });
  const key = await newProofKey('ES256');
  const token = await tokenOf('alice', key);
  const overheard = new ProofForge(key, token).proof();
  const repeat = async () => (await send(`${app.url}/orders`, `DPoP ${token}`, ['DPoP', overheard])).status;
  const repeated: number[] = [];
  for (let i = 0; i < 20; i++) repeated.push(await repeat());
  expect(repeated).toEqual([200, ...Array<number>(19).fill(401)]);
  expect((await sendProven(app, token, key)).status).toBe(200);
  await app.close();
});
