import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoleHierarchy } from '../../lib/policy/roles.js';
import { ruleBehind } from '../../lib/policy/rule-behind.js';
import { gainBetween } from '../../lib/policy/rule-gain.js';
import { leavesOf, ruleBuilder, type RuleNode } from '../../lib/policy/rule.js';

class Order {
  userId!: string;
  status!: string;
  size!: number;
  big!: bigint;
  org!: { userId: string; managerId: string; plan: string };
  tags!: Array<{ word: string }>;
}
const r = ruleBuilder<Order>(['userId']);
const roles = new RoleHierarchy({ user: [] });
const managed = r.owner('org.managerId');
const owned = r.owner('org.userId');
const sizes = Array.from({ length: 13 }, (_, size) => r.where('size', size));

/** Whether the owner of an org, who may name its manager, could come to what the rule of an order gives. */
const gain = ({ node }: { node: RuleNode }) =>
  gainBetween({ kind: 'owner', path: ['userId'] }, ruleBehind(node, ['org']), ['managerId'], roles);

describe('a rule as it looks from a related row', () => {
  it('has one condition for what several read elsewhere, whatever they are', () => {
    const rule = r.any(owned, managed, ...sizes, r.not(r.all(r.where('big', 1n), r.same('userId'))));
    expect(leavesOf(ruleBehind(rule.node, ['org']))).toEqual([
      { kind: 'owner', path: ['userId'] },
      { kind: 'owner', path: ['managerId'] },
      expect.objectContaining({ kind: 'fn', name: expect.stringMatching(/^\0/) }),
    ]);
    expect(gain(rule)).toBe('none');
    expect(gain(r.any(managed, ...sizes))).toBe('found');
  });

  it('keeps what stands in it twice, and what depends on the caller alone', () => {
    const open = r.where('status', 'open');
    expect(gain(r.any(r.all(owned, open), r.all(managed, open)))).toBe('none');
    expect(gain(r.any(r.all(owned, open, r.where('size', 1)), r.all(managed, open)))).toBe('found');
    expect(gain(r.any(r.all(owned, r.where('size', 1)), r.all(managed, r.where('size', 2))))).toBe('found');
    const behind = ruleBehind(r.all(r.role('user'), r.scope('s'), open, managed).node, ['org']);
    expect(leavesOf(behind).map(({ kind }) => kind)).toEqual(['role', 'scope', 'fn', 'owner']);
  });

  it('takes two values for possible together: there may be two rows', () => {
    const word = (is: string) => r.where('tags.word', is);
    expect(gain(r.any(r.all(managed, word('a')), r.not(word('b'))))).toBe('found');
    expect(gain(r.any(r.all(managed, word('a')), r.not(word('a'))))).toBe('found');
    expect(gain(r.any(r.all(managed, word('a')), word('a')))).toBe('none');
  });

  it('gains what it does where each condition stands for itself', () => {
    const leaf = fc.constantFrom(
      ...[
        owned,
        managed,
        r.where('org.plan', 'pro'),
        r.where('status', 'open'),
        r.where('size', 1),
        r.owner(),
      ].map(({ node }) => node),
    );
    const inner = (below: fc.Arbitrary<RuleNode>): fc.Arbitrary<RuleNode> => {
      const rules = fc.array(below, { minLength: 1, maxLength: 3 });
      return fc.oneof(
        leaf,
        rules.map((of) => ({ kind: 'any' as const, rules: of })),
        rules.map((of) => ({ kind: 'all' as const, rules: of })),
        below.map((rule) => ({ kind: 'not' as const, rule })),
      );
    };
    let found = 0;
    fc.assert(
      fc.property(inner(inner(leaf)), (node) => {
        const single = gainBetween({ kind: 'owner', path: ['userId'] }, apart(node), ['managerId'], roles);
        if (single === 'found') found++;
        expect(gain({ node })).toBe(single);
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(20);
  });
});

/** The rule from the org, with a function for each condition of the order itself. */
function apart(node: RuleNode): RuleNode {
  if (node.kind === 'any' || node.kind === 'all') return { ...node, rules: node.rules.map(apart) };
  if (node.kind === 'not') return { kind: 'not', rule: apart(node.rule) };
  if (!('path' in node)) return node;
  return node.path.length > 1
    ? { ...node, path: node.path.slice(1) }
    : { kind: 'fn', name: node.path[0]!, test: () => false };
}
