import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../lib/core/audience.js';
import type { Principal } from '../../lib/core/principal.js';
import { explain, explanationLines, refusedBy } from '../../lib/policy/explanation.js';
import { ruleBuilder, type Rule } from '../../lib/policy/rule.js';

interface Order {
  userId: string | null;
  tenantId: string;
  status: string;
  total: bigint;
  account: { members: Array<{ userId: string; active: boolean }> } | null;
}

const r = ruleBuilder<Order>(['userId']);
const alice: Principal = {
  id: 'alice',
  roles: [],
  scopes: ['read'],
  tenant: 't1',
  claims: {},
  method: 'jwt',
  authenticatedAt: 0,
};
const order: Order = {
  userId: 'bob',
  tenantId: 't2',
  status: 'open',
  total: 7n,
  account: {
    members: [
      { userId: 'alice', active: false },
      { userId: 'secret-name', active: true },
    ],
  },
};
const why = (rule: Rule<Order>, values = false) => explain(rule.node)(order, alice, NOBODY, { values });

describe('an explanation', () => {
  const rule = r.any(
    r.owner(),
    r.role('support'),
    r.all(r.owner('account.members.userId'), r.where('account.members.active', true)),
  );

  it('is the tree of the rule, each with its answer, and no value', () => {
    expect(why(rule)).toEqual({
      rule: 'any',
      verdict: 'no',
      rules: [
        { rule: "owner('userId')", verdict: 'no' },
        { rule: "role('support')", verdict: 'no' },
        {
          rule: 'all',
          verdict: 'no',
          rules: [
            { rule: "owner('account.members.userId')", verdict: 'yes' },
            { rule: "where('account.members.active', true)", verdict: 'no' },
          ],
        },
      ],
    });
    expect(JSON.stringify(why(rule))).not.toMatch(/bob|secret-name/);
  });

  it('shows values where they are asked for, of the related row that came nearest', () => {
    const lines = explanationLines(why(rule, true));
    expect(lines).toEqual([
      'no      any',
      'no        owner(\'userId\')  found "bob"',
      "no        role('support')",
      'no        all',
      'yes         owner(\'account.members.userId\')  found "alice"',
      "no          where('account.members.active', true)  found false",
    ]);
  });

  it('says what is not known', () => {
    const { account, ...rest } = order;
    void account;
    const explained = explain(r.not(r.owner('account.members.userId')).node)(rest, alice, NOBODY);
    expect(explained).toMatchObject({ rule: 'not', verdict: 'unknown', rules: [{ verdict: 'unknown' }] });
  });

  it('speaks of every kind of rule', () => {
    expect(
      explanationLines(
        why(
          r.all(
            r.same('tenantId'),
            r.scope('read'),
            r.not(r.where('total', 7n)),
            r.fn('f', () => true),
            r.where('userId', null),
          ),
          true,
        ),
      ),
    ).toEqual([
      'no      all',
      "no        same('tenantId', 'tenant')  found \"t2\"",
      "yes       scope('read')",
      'no        not',
      "yes         where('total', 7)  found 7n",
      "yes       fn('f')",
      'no        where(\'userId\', null)  found "bob"',
    ]);
    expect(
      explanationLines(
        explain(r.owner('account.members.userId').node)(
          { ...order, account: { members: [] } },
          alice,
          NOBODY,
          { values: true },
        ),
      ),
    ).toEqual(["no      owner('account.members.userId')  found no row"]);
  });

  it('is no for whoever is nobody', () => {
    for (const nobody of [undefined, null, {}, { id: '' }]) {
      expect(explain(r.not(r.owner()).node)(order, nobody as never, NOBODY)).toEqual({
        rule: 'a caller with an id',
        verdict: 'no',
      });
    }
  });
});

describe('what refused', () => {
  it.each([
    [r.owner(), "owner('userId') no"],
    [r.any(r.owner(), r.role('support')), "owner('userId') no, role('support') no"],
    [r.all(r.where('status', 'open'), r.owner(), r.role('support')), "owner('userId') no"],
    [
      r.all(r.any(r.owner(), r.same('tenantId')), r.role('support')),
      "owner('userId') no, same('tenantId', 'tenant') no",
    ],
    [r.not(r.where('status', 'open')), "not(where('status', 'open')) no"],
    [r.any(), 'any() no'],
  ])('is one line without values (%#)', (rule, line) => {
    expect(refusedBy(why(rule))).toBe(line);
  });
});
