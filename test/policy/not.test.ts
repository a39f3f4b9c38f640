import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../lib/core/audience.js';
import type { Principal } from '../../lib/core/principal.js';
import { compilePredicate } from '../../lib/policy/predicate.js';
import { ruleBuilder, type Rule } from '../../lib/policy/rule.js';

interface Thing {
  userId: string | null;
  tenantId: string | number | null;
  status: string | null;
  size: number;
  huge: bigint;
  account: { plan: string | null; members: Array<{ userId: string | null; banned: boolean | null }> } | null;
}

const r = ruleBuilder<Thing>(['userId']);
const alice: Principal = {
  id: 'alice',
  roles: [],
  scopes: ['read'],
  claims: {},
  method: 'jwt',
  authenticatedAt: 0,
};
const check = (rule: Rule<Thing>, object: object, caller: Principal = alice) =>
  compilePredicate(rule.node)(object, caller, NOBODY);
const both = (rule: Rule<Thing>, object: object, caller?: Principal) => [
  check(rule, object, caller),
  check(r.not(rule), object, caller),
];

describe('what is not there', () => {
  it.each<[string, Rule<Thing>, object]>([
    ['a property', r.where('status', 'open'), {}],
    ['NULL', r.where('status', 'open'), { status: null }],
    ['a property that is asked for NULL', r.where('status', null), {}],
    ['an owner', r.owner(), { userId: null }],
    ['a relation that was not loaded', r.owner('account.members.userId'), { account: {} }],
    ['a relation that leads nowhere', r.where('account.plan', 'pro'), { account: null }],
    ['the NULL of a row that is not there', r.where('account.plan', null), { account: null }],
    [
      'one value of several',
      r.owner('account.members.userId'),
      { account: { members: [{ userId: 'bob' }, { userId: null }] } },
    ],
    ['a value of another type', r.where('status', 'open'), { status: 1 }],
    ['a promise', r.owner('account.members.userId'), { account: Promise.resolve() }],
    ['NaN', r.where('size', 1), { size: NaN }],
    ['an answer that is none', r.fn('f', () => undefined as never), {}],
    ['an answer to come', r.fn('f', (() => Promise.resolve(false)) as never), {}],
    ['the tenant of the caller', r.same('tenantId'), { tenantId: 't1' }],
  ])('admits nobody, under not neither: %s', (_name, rule, object) => {
    expect(both(rule, object)).toEqual([false, false]);
  });

  it('does not keep other rules from deciding', () => {
    const unknown = r.where('status', 'open');
    expect(check(r.any(unknown, r.owner()), { userId: 'alice' })).toBe(true);
    expect(check(r.not(r.all(unknown, r.owner())), { userId: 'bob' })).toBe(true);
    expect(check(r.not(r.any(unknown, r.owner())), { userId: 'bob' })).toBe(false);
  });
});

describe('not', () => {
  const members = (...rows: Array<[string | null, boolean | null]>) => ({
    account: { plan: 'pro', members: rows.map(([userId, banned]) => ({ userId, banned })) },
  });

  it('means of none of the related rows: with no row it holds', () => {
    const rule = r.not(r.owner('account.members.userId'));
    expect(check(rule, members())).toBe(true);
    expect(check(rule, members(['bob', null]))).toBe(true);
    expect(check(rule, members(['bob', null], ['alice', null]))).toBe(false);
  });

  it('speaks of the row of which the all around it speaks', () => {
    const rule = r.all(r.owner('account.members.userId'), r.not(r.where('account.members.banned', true)));
    expect(check(rule, members(['alice', false], ['bob', true]))).toBe(true);
    expect(check(rule, members(['alice', true], ['bob', false]))).toBe(false);
    expect(check(rule, members(['alice', null]))).toBe(false);
    expect(check(rule, members())).toBe(false);
  });

  it('of not is the rule', () => {
    for (const object of [{ userId: 'alice' }, { userId: 'bob' }, {}]) {
      expect(check(r.not(r.not(r.owner())), object)).toBe(check(r.owner(), object));
    }
  });

  it('of nothing is everything, but for whoever is nobody', () => {
    expect(check(r.not(r.any()), {})).toBe(true);
    expect(check(r.not(r.any()), {}, { ...alice, id: '' })).toBe(false);
    expect(check(r.not(r.owner()), { userId: 'bob' }, { id: undefined } as never)).toBe(false);
  });
});

describe('same and scope', () => {
  it('compare with the tenant, the id or a claim of the caller', () => {
    const caller: Principal = {
      ...alice,
      tenant: 't1',
      claims: { org: 't2', level: 7, none: '', list: ['t3'] },
    };
    expect(both(r.same('tenantId'), { tenantId: 't1' }, caller)).toEqual([true, false]);
    expect(both(r.same('tenantId'), { tenantId: 'T1' }, caller)).toEqual([false, true]);
    expect(both(r.same('tenantId', 'claims.org'), { tenantId: 't2' }, caller)).toEqual([true, false]);
    expect(both(r.same('tenantId', 'claims.level'), { tenantId: 7 }, caller)).toEqual([true, false]);
    expect(both(r.same('tenantId', 'id'), { tenantId: 'alice' }, caller)).toEqual([true, false]);
    for (const claim of ['none', 'list', 'missing', 'constructor', '__proto__'] as const) {
      expect(both(r.same('tenantId', `claims.${claim}`), { tenantId: '' }, caller)).toEqual([false, false]);
    }
  });

  it('a scope is one of the credential', () => {
    expect(both(r.scope('read'), {})).toEqual([true, false]);
    expect(both(r.scope('rea'), {})).toEqual([false, true]);
  });
});

describe('numbers', () => {
  it('are compared by value: numbers, bigints and the decimals of drivers', () => {
    expect(check(r.where('huge', 9007199254740993n), { huge: 9007199254740993n })).toBe(true);
    expect(check(r.where('huge', 9007199254740993n), { huge: 9007199254740992 })).toBe(false);
    expect(check(r.where('size', 7), { size: 7n })).toBe(true);
    expect(check(r.owner('huge'), { huge: 9007199254740993n }, { ...alice, id: '9007199254740993' })).toBe(
      true,
    );
    expect(check(r.owner('huge'), { huge: '9007199254740993' }, { ...alice, id: '9007199254740993' })).toBe(
      true,
    );
    // What the driver has rounded is nobody's.
    expect(both(r.owner('huge'), { huge: 9007199254740992 }, { ...alice, id: '9007199254740992' })).toEqual([
      false,
      false,
    ]);
  });
});
