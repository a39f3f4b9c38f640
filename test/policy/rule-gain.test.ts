import { describe, expect, it } from 'vitest';
import { mayGain } from '../../lib/policy/rule-gain.js';
import { RoleHierarchy } from '../../lib/policy/roles.js';
import { ruleBuilder } from '../../lib/policy/rule.js';

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
  ])('%s', (_name, admitted, wanted, written, gains) => {
    expect(mayGain(admitted.node, wanted.node, [written], roles)).toBe(gains);
  });

  it('may gain where there are too many conditions to go through', () => {
    const many = r.any(...Array.from({ length: 14 }, (_, n) => r.where('account.plan', `${n}`)), both);
    expect(mayGain(many.node, many.node, ['coId'], roles)).toBe(true);
    expect(mayGain(many.node, many.node, ['status'], roles)).toBe(false);
  });
});
