import type { Type } from '@nestjs/common';
import { ApiKeyService, PasswordHasher, ProblemException, SessionService } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountsService } from '../../sample-app/accounts/accounts.service.js';
import { AuthService } from '../../sample-app/auth/auth.service.js';
import { sessionPrincipal } from '../../sample-app/auth/session-principal.js';
import { SEEDED_USERS } from '../../sample-app/database/seed-data.js';
import { AccountMember } from '../../sample-app/database/account-member.entity.js';
import { User } from '../../sample-app/database/user.entity.js';
import { OrdersService } from '../../sample-app/orders/orders.service.js';
import type { ShopRole } from '../../sample-app/security-types.js';
import { openShopOn, PLACES } from './open-shop.js';
import { UsersService } from '../../sample-app/users/users.service.js';
import { signIn } from '../support/sign-in.js';

const { sue, root } = SEEDED_USERS;
const NEW = '1ea7e000-0000-4000-8000-0000000000';
const PASSWORD = 'a password for tests';

describe.each(PLACES)('what is under way while rights are taken away, on %s and %s', (...place) => {
  let { started, nobody, as, close } = {} as Awaited<ReturnType<typeof openShopOn>>;
  /** Runs once, behind the proof of a password (`verify`), behind the look at who that is (`signedIn`), before a key is made (`create`), and before an order is written that was loaded (`patch`). */
  const meanwhile: Partial<Record<'verify' | 'signedIn' | 'create' | 'patch', () => Promise<unknown>>> = {};
  let hash: string;
  let made = 10;

  beforeAll(async () => {
    ({ started, nobody, as, close } = await openShopOn(place));
    const passwords = started.app.get(PasswordHasher);
    hash = await passwords.hash(PASSWORD, { unchecked: 'a test' });
    const before =
      <A extends unknown[], R>(name: 'create' | 'patch', run: (...args: A) => Promise<R>) =>
      async (...args: A) => {
        await once(name);
        return run(...args);
      };
    const after =
      <A extends unknown[], R>(name: 'verify' | 'signedIn', run: (...args: A) => Promise<R>) =>
      async (...args: A) => {
        const result = await run(...args);
        await once(name);
        return result;
      };
    const once = async (name: keyof typeof meanwhile) => {
      const run = meanwhile[name];
      delete meanwhile[name];
      await run?.();
    };
    const auth = started.app.get(AuthService, { strict: false });
    passwords.verify = after('verify', passwords.verify.bind(passwords));
    auth.signedIn = after('signedIn', auth.signedIn.bind(auth));
    const keys = started.app.get(ApiKeyService);
    keys.create = before('create', keys.create.bind(keys));
    const orders = started.app.get(OrdersService, { strict: false });
    orders.patch = before('patch', orders.patch.bind(orders));
  });
  afterAll(() => close?.());

  const service = <T>(type: Type<T>) => started.app.get(type, { strict: false });
  const users = () => started.app.get(DataSource).getRepository(User);
  const newUser = async (...roles: ShopRole[]) => {
    const user = { ...sue, id: `${NEW}${made}`, username: `new-${made++}`, roles };
    await users().insert({ ...user, passwordHash: hash, createdAt: new Date() });
    return user;
  };
  const askToSignIn = ({ username }: { username: string }) =>
    nobody.post('/auth/login', { username, password: PASSWORD });
  const rolesIn = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { roles: string[] }).roles;

  describe('a sign-in', () => {
    it('has the roles of after the password, not of before', async () => {
      const user = await newUser('support');
      meanwhile.verify = () => as.root.patch(`/users/${user.id}`, { roles: ['user'] });
      const { status, body } = await askToSignIn(user);
      expect([status, rolesIn(body.accessToken)]).toEqual([200, ['user']]);
    });

    it('is none where the roles change once they were read', async () => {
      const user = await newUser('support');
      meanwhile.signedIn = () => as.root.patch(`/users/${user.id}`, { roles: ['user'] });
      expect((await askToSignIn(user)).status).toBe(401);
      expect((await askToSignIn(user)).status).toBe(200);
    });

    it.each(['verify', 'signedIn'] as const)('is none of who is deleted meanwhile (%s)', async (when) => {
      const user = await newUser('user');
      meanwhile[when] = () => as.root.delete(`/users/${user.id}`);
      expect((await askToSignIn(user)).status).toBe(401);
      expect(await users().existsBy({ id: user.id })).toBe(false);
    });

    it('is none with a password that was changed meanwhile', async () => {
      const user = await newUser('user');
      meanwhile.verify = () => users().update({ id: user.id }, { passwordHash: 'another' });
      expect((await askToSignIn(user)).status).toBe(401);
    });
  });

  it('an API key of who is deleted is none', async () => {
    const user = await newUser('user');
    const { accessToken } = await signIn(started.app.get(SessionService), sessionPrincipal(user));
    meanwhile.create = () => as.root.delete(`/users/${user.id}`);
    const answer = await nobody.as(accessToken).post('/api-keys', { name: 'Late', scopes: ['orders:read'] });
    expect([answer.status, answer.body.type]).toEqual([404, 'https://shop.example/problems/account-gone']);
    const keys = await started.app.get(ApiKeyService).list(user.id);
    expect(keys.map(({ revokedAt }) => revokedAt)).toEqual([expect.any(Date)]);
  });

  it('roles that a patch leaves as it found them are not written over those of meanwhile', async () => {
    const { id } = await newUser('user');
    const found = await users().findOneByOrFail({ id });
    await users().update({ id }, { roles: ['admin'] });
    await service(UsersService).patch(found, { displayName: 'New', roles: ['user'] });
    expect(await users().findOneBy({ id })).toMatchObject({ displayName: 'New', roles: ['admin'] });
    await users().delete({ id });
  });

  it('who is deleted is not patched, and has no account that others are in', async () => {
    const { id, tenantId } = await newUser('user');
    const found = await users().findOneByOrFail({ id });
    const account = await service(AccountsService).create(id, { tenantId, name: 'Theirs' });
    await users().delete({ id });
    await expect(service(UsersService).patch(found, { displayName: 'Ghost' })).rejects.toThrow(
      ProblemException,
    );
    await expect(service(AccountsService).add(account, sue.id)).rejects.toThrow(ProblemException);
    const members = started.app.get(DataSource).getRepository(AccountMember);
    expect((await members.findBy({ accountId: account.id })).map(({ userId }) => userId)).toEqual([id]);
  });

  it('an order is paid once, and cancelled or paid', async () => {
    const order = async () => {
      const { body } = await as.alice.post('/orders', { items: [{ sku: 'MUG', quantity: 1 }] });
      return body as { id: string };
    };
    const pay = async ({ id }: { id: string }) =>
      (await as.sue.patch(`/orders/${id}`, { status: 'paid' })).status;
    const ordered = await order();
    meanwhile.patch = async () => expect(await pay(ordered)).toBe(200);
    expect(await pay(ordered)).toBe(409);
    const cancelled = await order();
    meanwhile.patch = () => as.alice.post('/orders/bulk-cancel', { ids: [cancelled.id] });
    expect(await pay(cancelled)).toBe(409);
    expect((await as.alice.get(`/orders/${cancelled.id}`)).body.status).toBe('cancelled');
  });

  describe('the last administrator', () => {
    beforeEach(async () => {
      for (const { id } of await users().findBy({ tenantId: root.tenantId }))
        if (id.startsWith(NEW)) await users().update({ id }, { roles: ['user'] });
      await users().update({ id: root.id }, { roles: ['admin'] });
    });
    const asUser = async (user: Parameters<typeof sessionPrincipal>[0]) =>
      nobody.as((await signIn(started.app.get(SessionService), sessionPrincipal(user))).accessToken);
    const admins = async () =>
      (await users().findBy({ tenantId: root.tenantId })).filter(({ roles }) => roles.includes('admin'));
    const LAST = [409, 'https://shop.example/problems/last-admin'];

    it('stays one, and a user', async () => {
      const asRoot = await asUser(root);
      for (const answer of [
        await asRoot.patch(`/users/${root.id}`, { roles: ['user'] }),
        await asRoot.delete(`/users/${root.id}`),
      ])
        expect([answer.status, answer.body.type]).toEqual(LAST);
      // And is not signed out by what was refused.
      expect((await asRoot.patch(`/users/${root.id}`, { displayName: 'R.', roles: ['admin'] })).status).toBe(
        200,
      );
      expect((await asRoot.get('/me')).body.roles).toEqual(['admin']);
      expect((await asRoot.patch(`/users/${root.id}`, { roles: ['admin', 'user'] })).status).toBe(200);
    });

    it.each(['demoted', 'deleted'])('is one of two who take it from each other (%s)', async (how) => {
      const [one, other] = [await newUser('admin'), await newUser('admin')];
      const [asOne, asOther] = [await asUser(one), await asUser(other)];
      await users().update({ id: root.id }, { roles: ['user'] });
      // Both are checked, and end the sessions of the other, before either writes.
      const sessions = started.app.get(SessionService);
      const end = sessions.logoutEverywhere.bind(sessions);
      let [calls, go] = [0, () => {}];
      const two = new Promise<void>((done) => void (go = done));
      sessions.logoutEverywhere = async (id) => {
        // A deletion ends them behind its locks, for which the other waits.
        if (++calls === 2 || how === 'deleted') go();
        await two;
        await end(id);
      };
      const answers = await Promise.all([
        asOne.patch(`/users/${other.id}`, { roles: ['user'] }),
        how === 'demoted'
          ? asOther.patch(`/users/${one.id}`, { roles: ['user'] })
          : asOther.delete(`/users/${one.id}`),
      ]);
      sessions.logoutEverywhere = end;
      const statuses = answers.map(({ status }) => status).toSorted((x, y) => x - y);
      // Who is deleted while their request comes in is nobody any more.
      expect(how === 'deleted' && statuses[1] === 401 ? [200, 409] : statuses).toEqual([200, 409]);
      expect(await admins()).toHaveLength(1);
    });
  });
});
