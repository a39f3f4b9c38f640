import { SignJWT } from 'jose';
import { createHmac, hash } from 'node:crypto';
import {
  keyRing,
  memoryState,
  SecurityConfigError,
  type SessionPrincipal,
  type StateOp,
} from 'nestjs-gatehouse';
import { describe, expect, it } from 'vitest';
import { resolveSessions } from '../../../lib/accounts/sessions/sessions.options.js';
import { SecurityDenial } from '../../../lib/core/security-denial.js';
import { house, nobodyInParticular as load, reasonOf, START } from './support.js';
import { signIn } from '../../support/sign-in.js';

const DAY = 86_400;

describe('a sign-in', () => {
  it('gives an access token that the verifier takes, and that says whose session it is', async () => {
    const { service, principalOf } = house();
    const tokens = await signIn(service, {
      id: 'alice',
      roles: ['user'],
      scopes: ['a', 'b'],
      claims: { org: 7 },
    });
    expect(tokens.expiresIn).toBe(900);
    const { id, roles, scopes, claims, authenticatedAt } = await principalOf(tokens.accessToken);
    expect({ id, roles, scopes }).toEqual({ id: 'alice', roles: ['user'], scopes: ['a', 'b'] });
    expect(authenticatedAt).toBe(START / 1000);
    expect(claims).toMatchObject({
      iss: 'https://shop.example',
      aud: 'https://api.shop.example',
      client_id: 'https://shop.example',
      exp: START / 1000 + 900,
      sid: tokens.refreshToken.split('.')[0],
      org: 7,
    });
    const header = JSON.parse(
      Buffer.from(tokens.accessToken.split('.')[0]!, 'base64url').toString(),
    ) as object;
    expect(header).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' });
  });

  it('writes roles and scopes where the authentication reads them', async () => {
    const { service, principalOf } = house({
      authentication: { rolesClaim: ['realm_access', 'roles'], scopesClaim: 'scp', audience: ['a', 'b'] },
    });
    const { accessToken } = await signIn(service, { id: 'alice', roles: ['user'], scopes: ['x'] });
    expect(await principalOf(accessToken)).toMatchObject({ roles: ['user'], scopes: ['x'] });
  });

  it('writes the tenant where the authentication reads it, and none where it reads none', async () => {
    for (const tenantClaim of ['tenant', ['shop', 'tenant']]) {
      const { service, principalOf } = house({ authentication: { tenantClaim } });
      const { accessToken } = await signIn(service, { id: 'alice', tenant: 'north' });
      expect((await principalOf(accessToken)).tenant).toBe('north');
      const untold = await signIn(service, { id: 'alice' });
      expect(await principalOf(untold.accessToken)).not.toHaveProperty('tenant');
      const claims = { [[tenantClaim].flat()[0]!]: 'south' };
      await expect(signIn(service, { id: 'alice', claims })).rejects.toThrow(/not the application's/);
      for (const tenant of ['', ' ', 'x'.repeat(257), 7 as never])
        await expect(signIn(service, { id: 'alice', tenant })).rejects.toThrow(/1 to 256/);
    }
    await expect(signIn(house().service, { id: 'alice', tenant: 'north' })).rejects.toThrow(/tenantClaim/);
  });

  it.each(['sub', 'exp', 'sid', 'roles', 'cnf', 'iss', 'jti'])(
    'leaves the claim %s to nobody',
    async (name) => {
      const { service } = house();
      await expect(signIn(service, { id: 'alice', claims: { [name]: 'x' } })).rejects.toThrow(TypeError);
    },
  );

  it.each(['a admin:all', '', 'ä', 'a"', 'a\\b', 'a\tb', 7 as never])('takes no scope %j', async (scope) => {
    const { service } = house();
    await expect(signIn(service, { id: 'alice', scopes: ['orders:read', scope] })).rejects.toThrow(/scope/);
    const { refreshToken } = await signIn(service, { id: 'alice' });
    await expect(service.refresh(refreshToken, (id) => ({ id, scopes: [scope] }))).rejects.toThrow(/scope/);
  });

  it.each(['', ' ', 'x'.repeat(257), 7 as never])('takes no id %j', async (id) => {
    await expect(signIn(house().service, { id })).rejects.toThrow(TypeError);
  });

  it('is for who they are when the session begins, and for nobody who is gone', async () => {
    const { service, principalOf } = house();
    const { accessToken } = await service.begin('alice', (id) => ({ id, roles: ['user'] }));
    expect(await principalOf(accessToken)).toMatchObject({ id: 'alice', roles: ['user'] });
    for (const nobody of [null, undefined])
      expect(await reasonOf(service.begin('alice', () => nobody))).toBe('session.ended');
    await expect(service.begin('alice', () => ({ id: 'bob' }))).rejects.toThrow(/not who began it/);
  });

  it('is none where somebody logs out everywhere before it is stored', async () => {
    const inner = memoryState();
    let meanwhile: (() => Promise<void>) | undefined;
    const store = {
      async run(batch: readonly StateOp[]) {
        const isStored = batch.some(({ op, key }) => op === 'put' && key.startsWith('session:family:'));
        const [now] = isStored ? [meanwhile] : [];
        if (now) meanwhile = undefined;
        await now?.();
        return inner.run(batch);
      },
    };
    const { service } = house({ store });
    for (let i = 0; i < 2; i++) {
      meanwhile = () => service.logoutEverywhere('alice');
      expect(await reasonOf(signIn(service, { id: 'alice' }))).toBe('session.ended');
      expect(meanwhile).toBeUndefined();
    }
    expect(await reasonOf(service.refresh((await signIn(service, { id: 'alice' })).refreshToken, load))).toBe(
      'none',
    );
  });

  it('is none where they are logged out everywhere while somebody looks who they are', async () => {
    const { service } = house();
    const roles = ['admin'] as never[];
    const begun = service.begin('alice', async (id) => {
      const read = [...roles];
      roles.pop();
      await service.logoutEverywhere(id);
      return { id, roles: read };
    });
    expect(await reasonOf(begun)).toBe('session.ended');
    const other = service.begin('alice', async (id) => {
      await service.logoutEverywhere('bob');
      return { id };
    });
    expect(await reasonOf(other)).toBe('none');
  });

  it.each([{ roles: 'admin' }, { roles: [1] }, { roles: null }, { scopes: 'orders:read' }])(
    'is refused where the roles or scopes of its principal are no list of texts: %o',
    async (wrong) => {
      const principal = { id: 'alice', ...wrong } as unknown as SessionPrincipal;
      await expect(signIn(house().service, principal)).rejects.toThrow(/list of texts/);
    },
  );

  it('is a 503 where the store is down, and where no key signs', async () => {
    const store = { run: () => Promise.reject(new Error('secret-of-a-driver')) };
    const error = await signIn(house({ store }).service, { id: 'alice' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SecurityDenial);
    expect((error as SecurityDenial).denial).toMatchObject({ reason: 'state.unavailable' });
    expect(JSON.stringify((error as SecurityDenial).denial)).not.toContain('secret');
  });
});

describe('a refresh', () => {
  it('replaces the token, with who they are now and when they signed in', async () => {
    const { service, principalOf, pass, events } = house();
    let { refreshToken } = await signIn(service, { id: 'alice', roles: ['admin'] });
    const seen = new Set([refreshToken]);
    for (let i = 0; i < 5; i++) {
      pass(800);
      const next = await service.refresh(refreshToken, (id) => ({ id, roles: ['user'] }));
      const principal = await principalOf(next.accessToken);
      expect(principal).toMatchObject({ id: 'alice', roles: ['user'], authenticatedAt: START / 1000 });
      expect(seen.has(next.refreshToken)).toBe(false);
      seen.add((refreshToken = next.refreshToken));
    }
    expect(events).toEqual([]);
  });

  it('keeps nothing in the store that anybody could use', async () => {
    const written: string[] = [];
    const inner = memoryState();
    const store = {
      run(batch: readonly StateOp[]) {
        written.push(JSON.stringify(batch));
        return inner.run(batch);
      },
    };
    const { service } = house({ store, real: true });
    const tokens: string[] = [(await signIn(service, { id: 'alice' })).refreshToken];
    for (let i = 0; i < 3; i++) tokens.push((await service.refresh(tokens.at(-1), load)).refreshToken);
    const all = written.join('\n');
    for (const token of tokens) expect(all).not.toContain(token.split('.')[1]);
    expect(all).toContain(tokens[0]!.split('.')[0]);
  });

  it('is not ended by whoever reads all that the store keeps of it', async () => {
    const { service, state, types } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const [session, secret, mark] = refreshToken.split('.') as [string, string, string];
    await service.refresh(refreshToken, load);
    const [kept] = await state.run([{ op: 'read', key: `session:family:${session}` }]);
    const known = Object.values(JSON.parse(kept as string) as object).map(String);
    // As a mark itself, as the key of an HMAC, and as what a mark is masked with.
    const junk = secret.split('').toReversed().join('');
    const masked = (key: string, by: string) => {
      const bytes = Buffer.from(key, 'base64url');
      return Buffer.from(by, 'base64url')
        .subarray(0, 16)
        .map((byte, i) => byte ^ (bytes[i] ?? 0));
    };
    for (const word of known) {
      const marks = [
        word.slice(0, 22),
        createHmac('sha256', word).update(`${session}.${junk}`).digest('base64url').slice(0, 22),
        Buffer.from(masked(word, hash('sha256', `${session}.${junk}`, 'base64url'))).toString('base64url'),
        mark,
      ];
      for (const made of marks)
        expect(await reasonOf(service.refresh(`${session}.${junk}.${made}`, load))).toBe('session.invalid');
    }
    expect(types()).toEqual([]);
    expect(known.length).toBeGreaterThan(8);
  });

  it('gives the same successor again within the window, to the predecessor alone, each with an event', async () => {
    const { service, pass, types, principalOf } = house();
    const { refreshToken: first } = await signIn(service, { id: 'alice' });
    const second = await service.refresh(first, load);
    pass(9.999);
    for (let i = 0; i < 3; i++) {
      const again = await service.refresh(first, load);
      expect(again.refreshToken).toBe(second.refreshToken);
      expect((await principalOf(again.accessToken)).id).toBe('alice');
    }
    expect(types()).toEqual(Array(3).fill('session.retried'));
    const third = await service.refresh(second.refreshToken, load);
    expect(await reasonOf(service.refresh(first, load))).toBe('session.reused');
    expect(await reasonOf(service.refresh(third.refreshToken, load))).toBe('session.invalid');
    expect(types().at(-1)).toBe('session.reused');
  });

  it('ends the session where a token comes after the window: the thief’s and the owner’s', async () => {
    const { service, pass, events } = house();
    const { refreshToken: first } = await signIn(service, { id: 'alice' });
    const second = await service.refresh(first, load);
    pass(10);
    expect(await reasonOf(service.refresh(first, load))).toBe('session.reused');
    expect(await reasonOf(service.refresh(second.refreshToken, load))).toBe('session.invalid');
    expect(events).toMatchObject([
      { type: 'session.reused', principal: 'alice', session: first.split('.')[0] },
    ]);
    expect(JSON.stringify(events)).not.toContain(first.split('.')[1]);
  });

  it('ends no other session of the same owner', async () => {
    const { service, pass } = house();
    const [one, other] = [await signIn(service, { id: 'alice' }), await signIn(service, { id: 'alice' })];
    await service.refresh(one.refreshToken, load);
    pass(11);
    expect(await reasonOf(service.refresh(one.refreshToken, load))).toBe('session.reused');
    expect(await reasonOf(service.refresh(other.refreshToken, load))).toBe('none');
  });

  // As docs/sessions.md says of clocks.
  it.each([
    [-25, 20, 'none'],
    [-9, 0, 'none'],
    [9, 0, 'none'],
    [11, 1, 'session.reused'],
  ])('goes by the clock of whoever is asked: %d s ahead, %d s later', async (ahead, later, reason) => {
    const store = memoryState({ clock: () => START });
    const [one, other] = [house({ store }), house({ store })];
    const { refreshToken } = await signIn(one.service, { id: 'alice' });
    await one.service.refresh(refreshToken, load);
    other.pass(ahead + later);
    expect(await reasonOf(other.service.refresh(refreshToken, load))).toBe(reason);
  });

  it('counts the window from when the store was asked: one that replaces the token later than that costs the session', async () => {
    const inner = memoryState({ clock: () => START });
    let isStopped = false;
    const late: Array<readonly StateOp[]> = [];
    const store = {
      run(batch: readonly StateOp[]) {
        if (!isStopped) return inner.run(batch);
        late.push(batch);
        throw new Error('no answer in time');
      },
    };
    for (const [seconds, reason] of [
      [9, 'none'],
      [11, 'session.reused'],
    ] as const) {
      const { service, pass } = house({ store });
      const { refreshToken } = await signIn(service, { id: 'alice' });
      const stop = (id: string) => {
        isStopped = true;
        return { id };
      };
      expect(await reasonOf(service.refresh(refreshToken, stop))).toBe('state.unavailable');
      pass(seconds);
      isStopped = false;
      for (const batch of late.splice(0)) inner.run(batch);
      expect(await reasonOf(service.refresh(refreshToken, load))).toBe(reason);
    }
  });

  it('counts its second uses, and ends nothing where there are too many', async () => {
    const { service, pass } = house({ sessions: { graceUses: 3 } });
    const { refreshToken: first } = await signIn(service, { id: 'alice' });
    const { refreshToken: second } = await service.refresh(first, load);
    for (let i = 0; i < 3; i++) expect(await reasonOf(service.refresh(first, load))).toBe('none');
    expect(await reasonOf(service.refresh(first, load))).toBe('session.retries');
    pass(5);
    expect(await reasonOf(service.refresh(second, load))).toBe('none');
  });

  it('takes no second use at all with grace: 0', async () => {
    const { service } = house({ sessions: { grace: 0 } });
    const { refreshToken } = await signIn(service, { id: 'alice' });
    await service.refresh(refreshToken, load);
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.reused');
  });

  it('ends by rest and by age', async () => {
    const { service, pass } = house();
    const rested = await signIn(service, { id: 'alice' });
    pass(7 * DAY);
    expect(await reasonOf(service.refresh(rested.refreshToken, load))).toBe('session.invalid');
    let { refreshToken } = await signIn(service, { id: 'alice' });
    for (let day = 0; day < 30; day += 6) {
      refreshToken = (await service.refresh(refreshToken, load)).refreshToken;
      pass(6 * DAY);
    }
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.invalid');
  });

  it('gives no access token that outlives the session', async () => {
    const { service, pass, principalOf } = house({ sessions: { absolute: 1000, idle: 1000 } });
    const { refreshToken } = await signIn(service, { id: 'alice' });
    pass(700);
    const late = await service.refresh(refreshToken, load);
    expect(late.expiresIn).toBe(300);
    expect((await principalOf(late.accessToken)).claims['exp']).toBe(START / 1000 + 1000);
  });

  it.each([null, undefined])('ends the session of an account that is gone (%s)', async (gone) => {
    const { service } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    expect(await reasonOf(service.refresh(refreshToken, () => gone))).toBe('session.ended');
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.invalid');
  });

  it('is not used up by what fails before the answer: the loader, another principal, the claims', async () => {
    const { service, types } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const fails = () => Promise.reject(new Error('database'));
    await expect(service.refresh(refreshToken, fails)).rejects.toThrow('database');
    await expect(service.refresh(refreshToken, () => ({ id: 'bob' }))).rejects.toThrow(TypeError);
    const claims = { sub: 'bob' };
    await expect(service.refresh(refreshToken, (id) => ({ id, claims }))).rejects.toThrow(TypeError);
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('none');
    expect(types()).toEqual([]);
  });

  it('is a 503 while the store is down, and works with the same token when it is back', async () => {
    const inner = memoryState();
    let mood: 'up' | 'down' | 'answers into the void' = 'up';
    const store = {
      run(batch: readonly StateOp[]) {
        if (mood === 'down') throw new Error('down');
        const results = inner.run(batch);
        if (mood !== 'up' && batch.some(({ op }) => op === 'compareAndSet')) throw new Error('lost');
        return results;
      },
    };
    const { service, types } = house({ store, real: true });
    const { refreshToken: first } = await signIn(service, { id: 'alice' });
    mood = 'down';
    expect(await reasonOf(service.refresh(first, load))).toBe('state.unavailable');
    expect(await reasonOf(service.logoutEverywhere('alice'))).toBe('state.unavailable');
    mood = 'answers into the void';
    expect(await reasonOf(service.refresh(first, load))).toBe('state.unavailable');
    mood = 'up';
    const second = await service.refresh(first, load);
    // It was replaced when the answer was lost.
    expect(types()).toEqual(['session.retried']);
    expect(await reasonOf(service.refresh(second.refreshToken, load))).toBe('none');
  });

  it('ends nothing for whoever knows the name of a session and none of its tokens', async () => {
    const { service, types } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const [session, secret, mark] = refreshToken.split('.') as [string, string, string];
    const other = (await signIn(service, { id: 'mallory' })).refreshToken.split('.') as [
      string,
      string,
      string,
    ];
    for (const forged of [
      `${session}.${'A'.repeat(43)}.${'A'.repeat(22)}`,
      `${session}.${other[1]}.${other[2]}`,
      `${session}.${secret}.${other[2]}`,
      `${session}.${other[1]}.${mark}`,
      `${other[0]}.${secret}.${mark}`,
    ]) {
      expect(await reasonOf(service.refresh(forged, load))).toBe('session.invalid');
    }
    expect(types()).toEqual([]);
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('none');
  });

  it('takes what somebody else wrote into the store for no session', async () => {
    const { service, state } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const key = `session:family:${refreshToken.split('.')[0]}`;
    for (const value of ['', 'null', '{}', '[]', '7', '{"subject":"alice"}']) {
      await state.run([{ op: 'put', key, value, ttl: 1000 }]);
      expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.invalid');
    }
  });
});

describe('a logout', () => {
  it('ends every access token of the session, and so does a reused refresh token', async () => {
    const { service, principalOf, isRevoked, pass } = house();
    for (const end of ['logout', 'reuse']) {
      const first = await signIn(service, { id: 'alice' });
      const second = await service.refresh(first.refreshToken, load);
      const principals = [await principalOf(first.accessToken), await principalOf(second.accessToken)];
      expect(await Promise.all(principals.map(isRevoked))).toEqual([false, false]);
      pass(10);
      if (end === 'logout') await service.logout(principals[1]!);
      else expect(await reasonOf(service.refresh(first.refreshToken, load))).toBe('session.reused');
      expect(await Promise.all(principals.map(isRevoked))).toEqual([true, true]);
    }
  });

  it.each([
    ['the present', 2],
    ['the one before', 1],
    ['an old', 0],
  ])('by %s refresh token ends the session and its access tokens, and no other session', async (_, place) => {
    const { service, principalOf, isRevoked, types } = house();
    const other = await signIn(service, { id: 'alice' });
    const all = [await signIn(service, { id: 'alice' })];
    for (let i = 0; i < 2; i++) all.push(await service.refresh(all.at(-1)!.refreshToken, load));
    const principal = await principalOf(all[2]!.accessToken);
    await service.logoutWith(all[place]!.refreshToken);
    expect(await isRevoked(principal)).toBe(true);
    for (const { refreshToken } of all)
      expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.invalid');
    expect(await reasonOf(service.refresh(other.refreshToken, load))).toBe('none');
    expect(await isRevoked(await principalOf(other.accessToken))).toBe(false);
    expect(types()).toEqual([]);
    await service.logoutWith(all[place]!.refreshToken);
  });

  // RFC 7009 §2.2
  it('by what is no refresh token ends nothing, and says nothing', async () => {
    const { service } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    const parts = refreshToken.split('.');
    const other = (await signIn(service, { id: 'mallory' })).refreshToken.split('.');
    const forged = [parts[0], other[1], other[2]].join('.');
    for (const token of [undefined, null, '', 7, {}, 'x', forged, refreshToken.slice(1), `${refreshToken}x`])
      await service.logoutWith(token);
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('none');
    const store = { run: () => Promise.reject(new Error('down')) };
    expect(await reasonOf(house({ store }).service.logoutWith(refreshToken))).toBe('state.unavailable');
  });

  it('of another issuer’s session of the same name ends no token here', async () => {
    const { service, principalOf, isRevoked, state, revocation } = house();
    const { accessToken } = await signIn(service, { id: 'alice' });
    const ours = await principalOf(accessToken);
    const theirs = { ...ours, claims: { ...ours.claims, iss: 'https://id.example.com/' } };
    await state.run(revocation.opsToEndSession(String(ours.claims['sid'])));
    expect([await isRevoked(theirs), await isRevoked(ours)]).toEqual([false, true]);
  });

  it('ends the session and the access token of the caller, and no other', async () => {
    const { service, principalOf, isRevoked } = house();
    const [one, other] = [await signIn(service, { id: 'alice' }), await signIn(service, { id: 'alice' })];
    const principal = await principalOf(one.accessToken);
    await service.logout(principal);
    expect(await reasonOf(service.refresh(one.refreshToken, load))).toBe('session.invalid');
    expect(await reasonOf(service.refresh(other.refreshToken, load))).toBe('none');
    expect(await isRevoked(principal)).toBe(true);
    expect(await isRevoked(await principalOf(other.accessToken))).toBe(false);
  });

  it('everywhere ends all sessions so far, also a refresh that is under way, and none that begin after', async () => {
    const { service } = house();
    const old = [await signIn(service, { id: 'alice' }), await signIn(service, { id: 'alice' })];
    const bob = await signIn(service, { id: 'bob' });
    const racing = service.refresh(old[1]!.refreshToken, async (id) => {
      await service.logoutEverywhere('alice');
      return { id };
    });
    expect(await reasonOf(racing)).toBe('session.ended');
    const fresh = await signIn(service, { id: 'alice' });
    for (const { refreshToken } of old)
      expect(await reasonOf(service.refresh(refreshToken, load))).not.toBe('none');
    for (const { refreshToken } of [fresh, bob])
      expect(await reasonOf(service.refresh(refreshToken, load))).toBe('none');
  });

  it.each(['first', 'second'])(
    'is not outrun by the %s use of a refresh token that is under way',
    async (use) => {
      const { service, principalOf } = house({ authentication: { revocation: false } });
      const { refreshToken, accessToken } = await signIn(service, { id: 'alice' });
      if (use === 'second') await service.refresh(refreshToken, load);
      const principal = await principalOf(accessToken);
      const racing = service.refresh(refreshToken, async (id) => {
        await service.logout(principal);
        return { id };
      });
      expect(await reasonOf(racing)).toBe('session.invalid');
    },
  );

  it.each(['first', 'second'])(
    'takes back what the %s use signs before it and answers after it',
    async (use) => {
      const inner = memoryState();
      let logout: (() => Promise<void>) | undefined;
      const store = {
        async run(batch: readonly StateOp[]) {
          const results = inner.run(batch);
          const [now] = batch.some(({ op }) => op === 'compareAndSet' || op === 'consume') ? [logout] : [];
          if (now) logout = undefined;
          await now?.();
          return results;
        },
      };
      const { service, principalOf, isRevoked } = house({ store, real: true });
      const { refreshToken, accessToken } = await signIn(service, { id: 'alice' });
      if (use === 'second') await service.refresh(refreshToken, load);
      const principal = await principalOf(accessToken);
      logout = () => service.logout(principal);
      const late = await service.refresh(refreshToken, load);
      expect(logout).toBeUndefined();
      expect(await isRevoked(await principalOf(late.accessToken))).toBe(true);
      expect(await reasonOf(service.refresh(late.refreshToken, load))).toBe('session.invalid');
    },
  );

  it('everywhere holds for the second use of a predecessor too', async () => {
    const { service } = house();
    const { refreshToken } = await signIn(service, { id: 'alice' });
    await service.refresh(refreshToken, load);
    await service.logoutEverywhere('alice');
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.ended');
  });

  it('everywhere leaves who signs in behind it alone, in the same second too', async () => {
    const { service, principalOf, isRevoked } = house({ real: true });
    const old = await principalOf((await signIn(service, { id: 'alice' })).accessToken);
    for (let i = 0; i < 2; i++) {
      await service.logoutEverywhere('alice');
      const fresh = await principalOf((await signIn(service, { id: 'alice' })).accessToken);
      expect([await isRevoked(old), await isRevoked(fresh)]).toEqual([true, false]);
    }
  });

  it('everywhere holds for as long as a session may last', async () => {
    const { service, pass } = house({ sessions: { idle: 30 * DAY } });
    const old = await signIn(service, { id: 'alice' });
    await service.logoutEverywhere('alice');
    const fresh = await signIn(service, { id: 'alice' });
    pass(30 * DAY - 1);
    expect(await reasonOf(service.refresh(old.refreshToken, load))).toBe('session.ended');
    expect(await reasonOf(service.refresh(fresh.refreshToken, load))).toBe('none');
  });

  it('ends no session for the token of another issuer that names it', async () => {
    const { service, principalOf } = house();
    const { accessToken, refreshToken } = await signIn(service, { id: 'alice' });
    const ours = await principalOf(accessToken);
    await service.logout({
      ...ours,
      claims: { ...ours.claims, iss: 'https://id.example.com/', jti: undefined },
    });
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('none');
  });

  it('works beside other issuers, by the id of the account and of the principal', async () => {
    const [issuer, audience] = ['https://shop.example', 'https://api.shop.example'];
    const others = {
      issuer: 'https://id.example.com/',
      audience,
      secret: 'kR8vT2nQ5xW9zB4mL7jH3gF6dS1aP0oY',
    };
    const { service, principalOf, isRevoked } = house({
      issuers: [others, { issuer, audience, keys: keyRing({ ephemeral: true }, () => START) }],
    });
    for (const id of ['alice', `${issuer}|alice`]) {
      const { accessToken, refreshToken } = await signIn(service, { id: 'alice' });
      const principal = await principalOf(accessToken);
      expect(principal.id).toBe(`${issuer}|alice`);
      await service.logoutEverywhere(id);
      expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.ended');
      expect(await isRevoked(principal)).toBe(true);
    }
    const seconds = START / 1000;
    const token = new SignJWT({
      iss: others.issuer,
      aud: audience,
      sub: 'bob',
      iat: seconds,
      exp: seconds + 60,
    })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(Buffer.from(others.secret));
    const abroad = await principalOf(await token);
    expect(abroad.id).toBe(`${others.issuer}|bob`);
    await service.logoutEverywhere(abroad.id);
    expect(await isRevoked(abroad)).toBe(true);
    // Out everywhere would take it for the principal of bob's account.
    await expect(signIn(service, { id: `${issuer}|bob` })).rejects.toThrow(TypeError);
    expect(await reasonOf(signIn(service, { id: `${others.issuer}|bob` }))).toBe('none');
    const twice = [others, others].map((each, i) => ({
      issuer: `${each.issuer}${i}`,
      audience,
      keys: keyRing({ ephemeral: true }),
    }));
    expect(() => house({ issuers: twice })).toThrow(/several issuers with a key ring/);
  });

  it('works without authentication.revocation, for the session alone', async () => {
    const { service, principalOf } = house({ authentication: { revocation: false } });
    const { accessToken, refreshToken } = await signIn(service, { id: 'alice' });
    await service.logout(await principalOf(accessToken));
    expect(await reasonOf(service.refresh(refreshToken, load))).toBe('session.invalid');
    await service.logoutEverywhere('alice');
  });
});

describe('accounts.sessions', () => {
  const code = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      if (error instanceof SecurityConfigError) return `${error.code} ${error.path}`;
      throw error;
    }
    return 'none';
  };

  it.each([
    [{ idel: 1 }, 'option.unknown accounts.sessions.idel'],
    [{ idle: '7d' }, 'option.invalid accounts.sessions.idle'],
    [{ idle: 59 }, 'option.invalid accounts.sessions.idle'],
    [{ absolute: 1e9 }, 'option.invalid accounts.sessions.absolute'],
    [{ idle: 100, absolute: 99 }, 'option.conflict accounts.sessions.idle'],
    [{ grace: 61 }, 'option.invalid accounts.sessions.grace'],
    [{ graceUses: 0 }, 'option.invalid accounts.sessions.graceUses'],
    [{ grace: 0, graceUses: 5 }, 'option.conflict accounts.sessions.graceUses'],
    [{ grace: 0 }, 'none'],
    [{ grace: 1, graceUses: 5 }, 'none'],
    [{ accessTtl: 5 }, 'option.invalid accounts.sessions.accessTtl'],
    [[], 'option.invalid accounts.sessions'],
    [{}, 'none'],
  ])('%j', (options, expected) => {
    expect(code(() => resolveSessions(options))).toBe(expected);
  });

  it('needs a key ring, and tokens no longer than it and the verifier allow', async () => {
    expect(code(() => house({ authentication: { keys: jwk() } }))).toBe('option.conflict accounts.sessions');
    const dpop = { publicUrl: 'https://api.shop.example', required: true };
    expect(code(() => house({ authentication: { dpop } }))).toBe('option.conflict accounts.sessions');
    expect(code(() => house({ authentication: { dpop: { ...dpop, required: false } } }))).toBe('none');
    expect(code(() => house({ sessions: { accessTtl: 901 } }))).toBe(
      'option.conflict accounts.sessions.accessTtl',
    );
    expect(code(() => house({ sessions: { accessTtl: 900 }, authentication: { maxTtl: 899 } }))).toBe(
      'option.conflict accounts.sessions.accessTtl',
    );
    const { service } = house({ authentication: { maxTtl: 300 } });
    expect((await signIn(service, { id: 'alice' })).expiresIn).toBe(300);
  });
});

const jwk = () => keyRing({ ephemeral: true }).jwks().keys;
