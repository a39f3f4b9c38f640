import { SEEDED_ORDERS, SEEDED_USERS, type SeededName } from '../../sample-app/database/seed-data.js';
import { describeAttacks, type Attack } from './support/describe-attacks.js';
import { bearerOf } from './support/target.js';
import { forge } from './support/tokens.js';

const { alice, bob, sue } = SEEDED_USERS;
const { alicePaid, bobPaid } = SEEDED_ORDERS;
const REFUND = `/orders/${alicePaid.id}/refund`;

/** Succeeds where the function answers as it does to those who may, or changes anything. */
function calls(name: string, authorization: string | undefined, method: string, path: string): Attack {
  return {
    name: `${method} ${path.replace(/[0-9a-f-]{36}/, ':id')} as ${name}`,
    async run({ wire, rows }) {
      const before = JSON.stringify(await rows());
      const { status, text } = await wire({
        method,
        path,
        headers: authorization ? [['Authorization', authorization]] : [],
      });
      return {
        succeeded: (status >= 200 && status < 400) || JSON.stringify(await rows()) !== before,
        status,
        text,
      };
    },
  };
}

const FUNCTIONS: ReadonlyArray<
  readonly [method: string, path: string, ...not: Array<SeededName | undefined>]
> = [
  ['GET', '/users', undefined, 'alice', 'sue'],
  ['HEAD', '/users', undefined, 'alice', 'sue'],
  ['DELETE', `/users/${bob.id}`, undefined, 'alice', 'sue', 'bob'],
  ['DELETE', `/users/${sue.id}`, 'alice', 'sue'],
  ['POST', REFUND, undefined, 'alice', 'bob'],
  ['POST', `/orders/${bobPaid.id}/refund`, 'alice', 'bob'],
];

/** Claims of a token that is properly signed for alice. */
const CLAIMS: Readonly<Record<string, object>> = {
  'a role that there is not': { roles: ['superuser'] },
  'a role of many letters': { roles: ['admin'.repeat(1000)] },
  'a pattern': { roles: ['*', '.*', '%'] },
  Admin: { roles: ['Admin', 'ADMIN', 'aDMIN'] },
  'admin and a space': { roles: ['admin ', ' admin', 'admin\t', 'admin\n'] },
  'admin and what is not seen': { roles: ['admin\u200b', '\ufeffadmin', 'admin\u00ad'] },
  'admin and NUL': { roles: ['admin\u0000'] },
  'admin in Cyrillic': { roles: ['\u0430dmin'] },
  'admin in full width': { roles: ['\uff41\uff44\uff4d\uff49\uff4e'] },
  'two roles in one text': { roles: ['user,admin', 'user admin', 'user;admin', 'user|admin'] },
  'names of every object': { roles: ['__proto__', 'constructor', 'toString', 'hasOwnProperty'] },
  'a path to a role': { roles: ['/admin', 'shop:admin', 'ROLE_admin'] },
  'roles as text': { roles: 'admin' },
  'roles as an object': { roles: { admin: true } },
  'roles as what looks like a list': { roles: { 0: 'admin', length: 1 } },
  'roles in a list in a list': { roles: [['admin']] },
  'roles with an object': { roles: ['user', { name: 'admin' }] },
  'roles as true': { roles: true },
  'roles as a number': { roles: 1 },
  'no roles and a role': { roles: undefined, role: 'admin' },
  'no roles and groups': {
    roles: undefined,
    groups: ['admin'],
    permissions: ['admin'],
    authorities: ['admin'],
  },
  'no roles, but those of a realm': {
    roles: undefined,
    realm_access: { roles: ['admin'] },
    resource_access: { shop: { roles: ['admin'] } },
  },
  'the role as a scope': { scope: 'admin', scp: ['admin'] },
  is_admin: { is_admin: true, admin: true, isAdmin: 'true' },
};

/** Other ways to come to a function, each with the token of alice. */
const WAYS: ReadonlyArray<readonly [method: string, path: string, override?: string]> = [
  ['GET', '/users/'],
  ['GET', '/USERS'],
  ['GET', '/Users?limit=1'],
  ['GET', '/users?admin=true&role=admin'],
  ['GET', '//users'],
  ['GET', '/./users'],
  ['GET', '/me/../users'],
  ['GET', '/me/%2e%2e/users'],
  ['GET', '/users%2f'],
  ['GET', '/users;a=b'],
  ['GET', '/%75sers'],
  ['GET', '/users#'],
  ['GET', 'http://localhost/users'],
  ['POST', '/users', 'GET'],
  ['PUT', '/users'],
  ['OPTIONS', '/users'],
  ['TRACE', '/users'],
  ['get', '/users'],
  ['GET', `/users/${bob.id}`, 'DELETE'],
  ['POST', `/users/${bob.id}?_method=DELETE`, 'DELETE'],
  ['POST', `${REFUND}/`],
  ['POST', REFUND.toUpperCase()],
  ['PUT', REFUND],
  ['GET', REFUND, 'POST'],
];

const anyWay: Attack = {
  name: 'come to the functions of administrators another way',
  async run({ wire, rows }) {
    const before = JSON.stringify(await rows());
    const open: string[] = [];
    for (const [method, path, override] of WAYS) {
      const headers: Array<[string, string]> = [
        ['Authorization', bearerOf('alice')],
        ['X-Original-URL', '/me'],
        ['X-Forwarded-Prefix', '/me'],
      ];
      if (override) headers.push(['X-HTTP-Method-Override', override], ['X-Method-Override', override]);
      const { status, raw } = await wire({ method, path, headers });
      if (status < 400 || status >= 500 || raw.includes(bob.email)) open.push(`${method} ${path} ${status}`);
    }
    return { succeeded: open.length > 0 || JSON.stringify(await rows()) !== before, open };
  },
};

const attacks: Attack[] = [
  ...FUNCTIONS.flatMap(([method, path, ...not]) =>
    not.map((who) => calls(who ?? 'nobody', who && bearerOf(who), method, path)),
  ),
  ...Object.entries(CLAIMS).flatMap(([name, claims]) => {
    const authorization = `Bearer ${forge.claiming({ sub: alice.id, tenant: alice.tenantId, ...claims })}`;
    return [calls(name, authorization, 'GET', '/users'), calls(name, authorization, 'POST', REFUND)];
  }),
  anyWay,
];

describeAttacks('API5, function level authorization,', attacks);
