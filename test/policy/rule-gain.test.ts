import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../lib/core/principal.js';
import { compilePredicate } from '../../lib/policy/predicate.js';
import { gainBetween } from '../../lib/policy/rule-gain.js';
import { RoleHierarchy } from '../../lib/policy/roles.js';
import { ruleBuilder, type RuleNode } from '../../lib/policy/rule.js';

class Order {
  userId!: string;
  coId!: string;
  tenantId!: string;
  status!: string;
  account!: { plan: string; members: Array<{ userId: string; active: boolean }> };
}
const r = ruleBuilder<Order>(['userId']);
const roles = new RoleHierarchy({ admin: ['support'], support: [], user: [] });
const both = r.any(r.owner(), r.owner('coId'));
const member = r.all(r.owner('account.members.userId'), r.where('account.members.active', true));
const pro = r.all(r.any(r.owner(), r.owner('account.members.userId')), r.where('account.plan', 'pro'));

describe('who may write what a rule compares with the caller', () => {
  it.each([
    ['an owner, whom the rule admits already', r.owner(), both, 'coId', false],
    ['a co-owner, who hands on what they have', both, both, 'coId', false],
    ['a co-owner, who would become no owner', r.owner('coId'), r.owner(), 'coId', false],
    ['support, who would become a co-owner', r.any(r.owner(), r.role('support')), both, 'coId', true],
    ['an owner, who would become the approver', r.owner(), r.owner('coId'), 'coId', true],
    ['an owner, who must not approve', r.owner(), r.all(r.owner('coId'), r.not(r.owner())), 'coId', false],
    [
      'an approver, who would name another to pay out themself',
      r.owner('coId'),
      r.not(r.owner('coId')),
      'coId',
      true,
    ],
    ['an admin, who is support as well', r.role('admin'), r.any(r.role('support'), both), 'coId', false],
    ['support, who is no admin', r.role('support'), r.any(r.role('admin'), both), 'coId', true],
    ['a clerk of any tenant', r.role('user'), r.same('tenantId'), 'tenantId', true],
    ['a clerk of the tenant', r.same('tenantId'), r.same('tenantId'), 'tenantId', false],
    ['a clerk by another claim', r.same('tenantId', 'claims.a'), r.same('tenantId'), 'tenantId', true],
    ['somebody, into an account of their own', r.role('user'), member, 'account', true],
    ['a member, out of one account into another', member, r.any(member, r.owner()), 'account', false],
    ['an owner, into an account of another plan', r.owner(), pro, 'account', false],
    ['an owner, who opens it', r.owner(), r.where('status', 'open'), 'status', false],
    [
      'who may while it is open, where it can only be paid',
      r.all(r.owner(), r.where('status', 'open')),
      r.all(r.where('status', 'paid'), r.where('status', 'open'), r.owner('coId')),
      'coId',
      false,
    ],
    [
      'another function',
      r.fn('a', () => true),
      r.all(
        r.fn('b', () => true),
        both,
      ),
      'coId',
      true,
    ],
    ['the same function', r.fn('a', () => true), r.fn('a', () => true), 'coId', false],
    [
      'an owner of a draft, who would become the co-owner of what they then publish',
      r.all(r.owner(), r.where('status', 'draft')),
      r.all(r.owner('coId'), r.where('status', 'published')),
      'coId',
      true,
    ],
    [
      'an owner, who may while it is open, and would as a co-owner later',
      r.owner(),
      r.any(r.owner('coId'), r.all(r.owner(), r.where('status', 'open'))),
      'coId',
      true,
    ],
    [
      'a co-owner of a draft, who is one of what they publish',
      r.all(r.owner('coId'), r.where('status', 'draft')),
      r.all(r.owner('coId'), r.where('status', 'published')),
      'coId',
      false,
    ],
    [
      'an owner, who cannot change the plan of an account',
      r.all(r.owner(), r.where('account.plan', 'free')),
      r.all(r.owner('coId'), r.where('account.plan', 'pro'), r.not(r.where('account.plan', 'free'))),
      'coId',
      false,
    ],
  ])('%s', (_name, admitted, wanted, written, gains) => {
    expect(gainBetween(admitted.node, wanted.node, [written], roles)).toBe(gains ? 'found' : 'none');
  });

  it('gains by two properties together what neither gives alone', () => {
    const neither = r.not(r.any(r.owner('coId'), r.same('tenantId'))).node;
    const both = r.all(r.owner('coId'), r.same('tenantId')).node;
    expect(gainBetween(neither, both, ['coId'], roles)).toBe('none');
    expect(gainBetween(neither, both, ['tenantId'], roles)).toBe('none');
    expect(gainBetween(neither, both, ['coId', 'tenantId'], roles)).toBe('found');
  });

  it('goes through 14 conditions, and says of more that it has not', () => {
    const many = (count: number) =>
      r.any(...Array.from({ length: count }, (_, n) => r.where('account.plan', `${n}`)), both);
    expect(gainBetween(many(12).node, many(12).node, ['coId'], roles)).toBe('none');
    expect(gainBetween(many(13).node, many(13).node, ['coId'], roles)).toBe('too many conditions');
    expect(gainBetween(many(13).node, many(13).node, ['status'], roles)).toBe('none');
  });

  it('is what callers and objects show, whatever the rules', () => {
    const kinds = [
      r.owner(),
      r.owner('coId'),
      r.same('tenantId'),
      r.where('status', 'open'),
      r.where('status', 'paid'),
      r.role('admin'),
      r.role('support'),
    ];
    const leaf = fc.constantFrom(...kinds.map(({ node }) => node));
    const inner = (below: fc.Arbitrary<RuleNode>): fc.Arbitrary<RuleNode> => {
      const rules = fc.array(below, { minLength: 1, maxLength: 3 });
      return fc.oneof(
        leaf,
        rules.map((of) => ({ kind: 'any' as const, rules: of })),
        rules.map((of) => ({ kind: 'all' as const, rules: of })),
        below.map((rule) => ({ kind: 'not' as const, rule })),
      );
    };
    const rule = inner(inner(leaf));
    const written = fc.subarray(['coId', 'tenantId'], { minLength: 1 });
    let gains = 0;
    fc.assert(
      fc.property(rule, rule, written, (admitted, wanted, names) => {
        const shown = shows(admitted, wanted, names);
        if (shown) gains++;
        expect(gainBetween(admitted, wanted, names, roles)).toBe(shown ? 'found' : 'none');
      }),
      { numRuns: 300 },
    );
    expect(gains).toBeGreaterThan(20);
  });
});

type Row = Pick<Order, 'userId' | 'coId' | 'tenantId' | 'status'>;

/** Whether some caller may write these properties of some object and then, in some status, do what they could not in that status before. */
function shows(admitted: RuleNode, wanted: RuleNode, written: readonly string[]): boolean {
  const [asked, gained] = [admitted, wanted].map(compilePredicate);
  const ids = ['me', 'other'];
  const rows: Row[] = ids.flatMap((userId) =>
    ids.flatMap((coId) =>
      ids.flatMap((tenantId) =>
        ['open', 'paid', 'sent'].map((status) => ({ userId, coId, tenantId, status })),
      ),
    ),
  );
  const keeps = (row: Row, later: Row) =>
    (['userId', 'coId', 'tenantId'] as const).every(
      (name) => written.includes(name) || row[name] === later[name],
    );
  return [[], ['support'], ['admin']].some((held) => {
    const caller = { id: 'me', tenant: 'me', roles: held, claims: {} } as unknown as Principal;
    const audience = roles.audienceOf(caller);
    return rows.some(
      (row) =>
        asked!(row, caller, audience) &&
        rows.some(
          (later) =>
            keeps(row, later) &&
            gained!(later, caller, audience) &&
            !gained!({ ...row, status: later.status }, caller, audience),
        ),
    );
  });
}
