import { describe, expect, it } from 'vitest';
import {
  resolveAuthentication,
  type AuthenticationOptions,
} from '../../lib/pipeline/authentication/authentication.options.js';
import { KnownHeaders } from '../../lib/pipeline/authentication/known-headers.js';
import type { Verdict } from '../../lib/core/credential.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { Forge, newKey, newMaterial, SIGNING_ALGORITHMS } from './forge.js';
import { createPublicKey } from 'node:crypto';
import { identify } from './identify.js';

const { material, options } = newMaterial('HS256');
const forge = new Forge(material);
const reasonOf = (verdict: Verdict) => ('denial' in verdict ? verdict.denial.reason : 'accepted');

/** A verifier with these options, and a clock that a test sets (milliseconds). */
function make(changes: Partial<AuthenticationOptions> = {}) {
  const time = { now: forge.now * 1000 };
  const verifier = new TokenVerifier(resolveAuthentication({ ...options, ...changes }), () => time.now);
  return { verifier, time, verdictOf: (token: string) => identify(verifier, `Bearer ${token}`) };
}

describe('a good token', () => {
  it('gives a frozen principal, all the way down', async () => {
    const { verdictOf } = make();
    const token = forge.claiming({
      roles: ['user', 'support'],
      scope: 'orders:read orders:write',
      auth_time: forge.now - 30,
      address: { city: ['x'] },
    });
    const verdict = await verdictOf(token);
    expect(verdict).toMatchObject({
      principal: {
        id: 'alice',
        roles: ['user', 'support'],
        scopes: ['orders:read', 'orders:write'],
        method: 'jwt',
        authenticatedAt: forge.now - 30,
      },
    });
    const { principal } = verdict as unknown as {
      principal: { roles: string[]; claims: { address: { city: string[] } } };
    };
    expect(() => principal.roles.push('admin')).toThrow(TypeError);
    expect(() => principal.claims.address.city.push('y')).toThrow(TypeError);
    expect(() => Object.assign(principal, { id: 'root' })).toThrow(TypeError);
  });

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt'])('may have typ %s', async (typ) => {
    expect(reasonOf(await make().verdictOf(forge.headed({ typ })))).toBe('accepted');
  });

  it('may lack roles and scopes, name several audiences, and use fractions of seconds', async () => {
    const { verdictOf } = make();
    expect(await verdictOf(forge.claiming({ roles: undefined, scope: undefined }))).toMatchObject({
      principal: { roles: [], scopes: [] },
    });
    expect(reasonOf(await verdictOf(forge.claiming({ aud: ['other', material.audience] })))).toBe('accepted');
    expect(reasonOf(await verdictOf(forge.claiming({ exp: forge.now + 1.5 })))).toBe('accepted');
  });

  it('may live for the cap, and no second longer', async () => {
    const { verdictOf } = make({ maxTtl: 60 });
    expect(reasonOf(await verdictOf(forge.claiming({ exp: forge.now + 60 })))).toBe('accepted');
    expect(reasonOf(await verdictOf(forge.claiming({ exp: forge.now + 61 })))).toBe('token.lifetime');
  });

  it('is given the clock tolerance on each side, and no more', async () => {
    const { verdictOf, time } = make({ clockTolerance: 10, tokenCache: false });
    const token = forge.claiming({});
    for (const [seconds, expected] of [
      [-11, 'token.not-yet-valid'],
      [-10, 'accepted'],
      [309, 'accepted'],
      [310, 'token.expired'],
    ] as const) {
      time.now = (forge.now + seconds) * 1000;
      expect(reasonOf(await verdictOf(token)), String(seconds)).toBe(expected);
    }
  });

  it('may have its roles and scopes elsewhere', async () => {
    const { verdictOf } = make({
      rolesClaim: ['realm_access', 'roles'],
      scopesClaim: 'https://api.test/scp',
    });
    const token = forge.claiming({ realm_access: { roles: ['admin'] }, 'https://api.test/scp': ['a', 'b'] });
    expect(await verdictOf(token)).toMatchObject({ principal: { roles: ['admin'], scopes: ['a', 'b'] } });
    expect(await verdictOf(forge.claiming({ realm_access: 'x' }))).toMatchObject({
      principal: { roles: [] },
    });
    expect(await make({ rolesClaim: 'constructor' }).verdictOf(forge.claiming({}))).toMatchObject({
      principal: { roles: [] },
    });
  });
});

describe('the tenant', () => {
  it('is that of the claim, where one is named, and none otherwise', async () => {
    const token = forge.claiming({ org: { id: 'acme' } });
    expect(await make({ tenantClaim: ['org', 'id'] }).verdictOf(token)).toMatchObject({
      principal: { tenant: 'acme' },
    });
    for (const verdict of [
      await make().verdictOf(token),
      await make({ tenantClaim: 'tenant' }).verdictOf(token),
    ]) {
      expect(verdict).toHaveProperty('principal.id', 'alice');
      expect(verdict).not.toHaveProperty('principal.tenant');
    }
  });

  it.each([null, '', ' ', 5, ['acme'], { id: 'acme' }, 'x'.repeat(257)])(
    'of %j is refused',
    async (tenant) => {
      const verdict = await make({ tenantClaim: 'tenant' }).verdictOf(forge.claiming({ tenant }));
      expect(reasonOf(verdict)).toBe('token.claims');
    },
  );
});

describe('the profile', () => {
  it('rfc9068 refuses a plain JWT and names the other profile in the log alone', async () => {
    const verdict = await make().verdictOf(forge.headed({ typ: 'JWT' }));
    expect(verdict).toMatchObject({
      denial: { reason: 'token.type', note: expect.stringContaining("'oidc-compat'") },
    });
    expect(JSON.stringify((verdict as { denial: { headers: unknown } }).denial.headers)).not.toContain(
      'oidc-compat',
    );
  });

  it.each(['JWT', 'jwt', undefined, 'at+jwt', 'application/jwt'])('oidc-compat takes typ %s', async (typ) => {
    expect(reasonOf(await make({ profile: 'oidc-compat' }).verdictOf(forge.headed({ typ })))).toBe(
      'accepted',
    );
  });

  it.each([
    { nonce: 'n' },
    { at_hash: 'h' },
    { c_hash: 'h' },
    { typ: 'ID' },
    { typ: 'Refresh' },
    { typ: 'Offline' },
    { token_use: 'id' },
    { token_use: 'refresh_token' },
    { token_use: ['access'] },
    { token_use: null },
    { events: {} },
  ])('oidc-compat refuses what is no access token: %j', async (claims) => {
    const { verdictOf } = make({ profile: 'oidc-compat' });
    expect(reasonOf(await verdictOf(forge.token(forge.header({ typ: 'JWT' }), forge.claims(claims))))).toBe(
      'token.type',
    );
  });

  it.each(['logout+jwt', 'dpop+jwt', 'id_token', '', null, 1])('oidc-compat refuses typ %j', async (typ) => {
    expect(reasonOf(await make({ profile: 'oidc-compat' }).verdictOf(forge.headed({ typ })))).toBe(
      'token.type',
    );
  });

  it.each([
    { typ: 'Bearer' }, // Keycloak
    { token_use: 'access' }, // Cognito
    { token_use: 'access_token' },
  ])('oidc-compat takes what says that it is one: %j', async (claims) => {
    const { verdictOf } = make({ profile: 'oidc-compat' });
    const token = forge.token(forge.header({ typ: 'JWT' }), forge.claims(claims));
    expect(reasonOf(await verdictOf(token))).toBe('accepted');
  });
});

describe('keys', () => {
  it('each algorithm is accepted from its own kind of key, and pinned', async () => {
    const all = SIGNING_ALGORITHMS.map((algorithm) => newMaterial(algorithm));
    for (const signed of all) {
      const token = new Forge(signed.material).claiming({});
      for (const trusted of all) {
        const verdict = await identify(
          new TokenVerifier(resolveAuthentication(trusted.options)),
          `Bearer ${token}`,
        );
        const name = `${signed.material.algorithm} at ${trusted.material.algorithm}`;
        expect(reasonOf(verdict), name).toBe(trusted === signed ? 'accepted' : 'token.algorithm');
      }
    }
  });

  it('an RSA key is for RS256 unless something says otherwise', async () => {
    const rsa = newMaterial('RS256');
    const ps256 = new Forge(rsa.material).token(
      { alg: 'PS256', typ: 'at+jwt' },
      new Forge(rsa.material).claims(),
      'PS256',
    );
    const at = (changes: object) =>
      identify(new TokenVerifier(resolveAuthentication({ ...rsa.options, ...changes })), `Bearer ${ps256}`);
    expect(reasonOf(await at({}))).toBe('token.algorithm');
    expect(reasonOf(await at({ algorithms: ['PS256'] }))).toBe('accepted');
    const jwk = { ...createPublicKey(rsa.material.signingKey).export({ format: 'jwk' }), alg: 'PS256' };
    expect(reasonOf(await at({ keys: jwk }))).toBe('accepted');
    expect(reasonOf(await at({ keys: { ...jwk, alg: 'RS256' } }))).toBe('token.algorithm');
  });

  it('EdDSA and Ed25519 are two names of one algorithm', async () => {
    const { material: ed, options: trust } = newMaterial('EdDSA');
    const token = new Forge(ed).token({ alg: 'Ed25519', typ: 'at+jwt' }, new Forge(ed).claims());
    expect(reasonOf(await identify(new TokenVerifier(resolveAuthentication(trust)), `Bearer ${token}`))).toBe(
      'accepted',
    );
  });

  it('of several the kid chooses; without one those that fit are tried', async () => {
    const [a, b] = [newKey('ES256'), newKey('ES256')];
    const jwk = (key: typeof a, kid: string) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid });
    const { issuer, audience } = material;
    const verifier = new TokenVerifier(
      resolveAuthentication({ issuer, audience, keys: [jwk(a, 'a'), jwk(b, 'b')] }),
    );
    const verdictOf = (token: string) => identify(verifier, `Bearer ${token}`);
    const signed = (kid: string | undefined, key: typeof a) =>
      new Forge({ ...material, algorithm: 'ES256', signingKey: key, kid }).claiming({});
    expect(reasonOf(await verdictOf(signed('a', a)))).toBe('accepted');
    expect(reasonOf(await verdictOf(signed('b', b)))).toBe('accepted');
    expect(reasonOf(await verdictOf(signed(undefined, b)))).toBe('accepted');
    expect(reasonOf(await verdictOf(signed('a', b)))).toBe('token.signature');
    expect(reasonOf(await verdictOf(signed('c', b)))).toBe('token.key-unknown');
    expect(reasonOf(await verdictOf(signed(undefined, newKey('ES256'))))).toBe('token.signature');
  });
});

describe('without waiting', () => {
  it.each(SIGNING_ALGORITHMS)('a token of %s is verified at once where the key is at hand', (algorithm) => {
    const { material: signed, options: trust } = newMaterial(algorithm);
    const verifier = new TokenVerifier(resolveAuthentication(trust));
    const { now } = forge;
    const token = new Forge(signed).claiming({ iat: now });
    for (let i = 0; i < 2; i++) expect(verifier.verify(token)).toHaveProperty('principal.id', 'alice');
    expect(verifier.verify(`${token.slice(0, -8)}AAAAAAAA`)).toHaveProperty(
      'denial.reason',
      'token.signature',
    );
  });
});

describe('the memory of headers', () => {
  it('does not carry over to another signature, other claims or a header written otherwise', () => {
    const { verifier } = make();
    const [header, claims, signature] = forge.claiming({}).split('.') as [string, string, string];
    const reason = (token: string) => reasonOf(verifier.verify(token) as Verdict);
    expect(reason(`${header}.${claims}.${signature}`)).toBe('accepted');
    expect(reason(`${header}.${claims}.${signature.slice(0, -4)}AAAA`)).toBe('token.signature');
    expect(reason(`${header}.e30.${signature}`)).toBe('token.signature');
    expect(reason(`${header}=.${claims}.${signature}`)).toBe('token.malformed');
    expect(reason(`${header}.${claims}.${signature}=`)).toBe('token.malformed');
    expect(reason(forge.headed({ typ: 'JWT' }))).toBe('token.type');
    expect(reason(forge.headed({ crit: ['x'] }))).toBe('token.header');
    expect(reason(forge.claiming({}))).toBe('accepted');
  });

  it('is bounded, whoever signs what', () => {
    const { verifier } = make();
    for (let i = 0; i < 300; i++)
      expect(verifier.verify(forge.headed({ kid: `k${i}` }))).toHaveProperty('principal');
    const known = new KnownHeaders();
    const signedBy = { algorithm: 'HS256', kid: undefined } as const;
    const remembered = () =>
      Array.from({ length: 300 }, (_, i) => known.get(`${i}`)).filter((each) => each !== undefined).length;
    for (let i = 0; i < 300; i++) {
      known.add(`${i}`, signedBy);
      expect(known.get(`${i}`)).toBe(signedBy);
    }
    expect(remembered()).toBeLessThanOrEqual(64);
  });
});

describe('the memory of verified tokens', () => {
  const token = forge.claiming({});

  it('gives the same principal without verifying, and nothing for any other text', async () => {
    const { verifier } = make();
    expect(verifier.recall(token)).toBeUndefined();
    const verdict = (await verifier.verify(token)) as { principal: object };
    expect(verifier.recall(token)).toBe(verdict.principal);
    for (const other of [`${token}=`, ` ${token}`, token.slice(0, -1), token.toLowerCase()])
      expect(verifier.recall(other)).toBeUndefined();
  });

  it('is asked for one header alone, in any case of the scheme, and for no other scheme', async () => {
    const { verifier } = make();
    await verifier.verify(token);
    const seen = (...values: string[]) => identify(verifier, values);
    expect(await seen(`Bearer ${token}`)).toHaveProperty('principal.id', 'alice');
    expect(await seen(`bEARER ${token}`)).toHaveProperty('principal.id', 'alice');
    for (const scheme of ['Basic! ', 'Bearer\t', 'Bearer  ', ' Bearer ', 'Bearer', '       ', 'DPoP '])
      expect(await seen(`${scheme}${token}`), scheme).toHaveProperty('denial');
    expect(await seen(`Bearer ${token}`, `Bearer ${token}`)).toHaveProperty(
      'denial.reason',
      'credential.several',
    );
    expect(await seen(`Bearer ${token} `)).toHaveProperty('denial.reason', 'token.malformed');
  });

  it('still ends when the token ends, and is not there before it begins', async () => {
    const { verifier, time, verdictOf } = make();
    await verifier.verify(token);
    time.now = (forge.now + 304) * 1000;
    expect(verifier.recall(token)).toBeDefined();
    time.now = (forge.now + 305) * 1000;
    expect(reasonOf(await verdictOf(token))).toBe('token.expired');

    const notBefore = make();
    await notBefore.verifier.verify(token);
    notBefore.time.now = (forge.now - 6) * 1000;
    expect(reasonOf(await notBefore.verdictOf(token))).toBe('token.not-yet-valid');
  });

  it('keeps the tokens used last, and no more than it may', async () => {
    const { verifier } = make({ tokenCache: { max: 2 } });
    const [a, b, c] = ['a', 'b', 'c'].map((sub) => forge.claiming({ sub })) as [string, string, string];
    await verifier.verify(a);
    await verifier.verify(b);
    verifier.recall(a);
    await verifier.verify(c);
    expect([a, b, c].map((each) => verifier.recall(each) !== undefined)).toEqual([true, false, true]);
  });

  it('remembers no refused token, and nothing at all with false', async () => {
    const { verifier } = make();
    const bad = forge.claiming({ aud: 'other' });
    await verifier.verify(bad);
    expect(verifier.recall(bad)).toBeUndefined();
    const without = make({ tokenCache: false }).verifier;
    await without.verify(token);
    expect(without.recall(token)).toBeUndefined();
  });
});
