import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Audience } from '../../../lib/core/audience.js';
import type { ListQuery } from '../../../lib/core/resource-loader.js';
import { explain } from '../../../lib/policy/explanation.js';
import { compilePredicate } from '../../../lib/policy/predicate.js';
import { leavesOf, type FunctionNode, type RuleNode, type RuleValue } from '../../../lib/policy/rule.js';
import { caller, HUGE, USERS } from './shop-data.js';

/** One more run of the same: `GATEHOUSE_RULE_SEED=7 GATEHOUSE_RULES=20000 npx vitest run test/integrations/agreement`. */
export const SEED = Number(process.env['GATEHOUSE_RULE_SEED'] ?? 20261127);
const RULES = Number(process.env['GATEHOUSE_RULES'] ?? 2000);

const split = (path: string) => path.split('.');
const OWNERS = [
  'userId',
  'buyerId',
  'sellerId',
  'account.ownerId',
  'account.members.userId',
  'account.members.badges.name',
  'shop.managerId',
  'shop.seniorId',
  'shop.clerks.userId',
  'watchers.userId',
];
const SAMES: Array<[string, 'tenant' | 'claims.plan' | 'claims.seller']> = [
  ['tenantId', 'tenant'],
  ['account.tenantId', 'tenant'],
  ['account.plan', 'claims.plan'],
  // Through a relation that every row has.
  ['shop.managerId', 'tenant'],
  ['sellerId', 'claims.seller'],
];
const WHERES: Array<[string, readonly RuleValue[]]> = [
  ['status', ['open', 'paid', 'OPEN']],
  ['userId', ['alice', 'bob']],
  ['total', [0, -5, 7]],
  ['paid', [true, false]],
  ['note', [null, '', 'x']],
  ['buyerId', [null]],
  ['account.id', [1, 2, null]],
  ['account.plan', [null, 'pro', 'PRO']],
  ['account.members.level', [1, 2]],
  ['account.members.active', [true, false]],
  ['account.members.userId', [null, 'bob']],
  ['account.members.badges.name', [null, 'gold', 'GOLD']],
  ['shop.id', [1]],
  ['watchers.role', [null, 'editor']],
];
/** Every path that a random rule may follow. */
export const PATHS = [
  ...new Set([...OWNERS, ...SAMES.map(([path]) => path), ...WHERES.map(([path]) => path)]),
].map(split);

const CALLERS = fc.record({
  id: fc.constantFrom(...USERS, '7', HUGE),
  tenant: fc.constantFrom(undefined, 't1', 'T1'),
  scopes: fc.subarray(['read', 'write']),
  claims: fc.constantFrom({}, { plan: 'pro' }, { plan: 'PRO', seller: 42 }, { plan: '', seller: '7' }),
});

function rules(functions: readonly FunctionNode[]): fc.Arbitrary<RuleNode> {
  const leaf: fc.Arbitrary<RuleNode> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(...OWNERS).map((path): RuleNode => ({ kind: 'owner', path: split(path) })),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(...SAMES)
        .map(([path, of]): RuleNode => ({ kind: 'same', path: split(path), of })),
    },
    {
      weight: 6,
      arbitrary: fc
        .constantFrom(...WHERES)
        .chain(([path, values]) =>
          fc.constantFrom(...values).map((value): RuleNode => ({ kind: 'where', path: split(path), value })),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('admin', 'support').map((role): RuleNode => ({ kind: 'role', role })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('read', 'write').map((scope): RuleNode => ({ kind: 'scope', scope })),
    },
    { weight: 1, arbitrary: fc.constantFrom<RuleNode>(...functions) },
  );
  const { rule } = fc.letrec<{ rule: RuleNode }>((tie) => ({
    rule: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      leaf,
      // Two alternatives over the same related rows: what one choice of rows means shows here, and what is not known of it.
      fc
        .tuple(leaf, leaf, leaf, leaf, fc.boolean(), fc.boolean())
        .map(([a, b, c, d, inner, outer]): RuleNode => {
          const second: RuleNode = { kind: 'any', rules: [c, d] };
          const all: RuleNode = {
            kind: 'all',
            rules: [{ kind: 'any', rules: [a, b] }, inner ? { kind: 'not', rule: second } : second],
          };
          return outer ? { kind: 'not', rule: all } : all;
        }),
      tie('rule').map((one): RuleNode => ({ kind: 'not', rule: one })),
      fc
        .array(tie('rule'), { minLength: 0, maxLength: 3 })
        .map((of): RuleNode => ({ kind: 'any', rules: of })),
      fc
        .array(tie('rule'), { minLength: 1, maxLength: 3 })
        .map((of): RuleNode => ({ kind: 'all', rules: of })),
    ),
  }));
  return rule;
}

/** What a data source is asked for agreement. */
export interface Asked {
  readonly functions: readonly FunctionNode[];
  /** The objects as the loader gives them. */
  readonly rows: ReadonlyArray<{ readonly id: string }>;
  readonly compile: (rule: RuleNode) => ListQuery;
  /** The ids of the rows of one query. */
  readonly list: (where: unknown) => Promise<readonly string[]>;
  /** A rule that the data source refuses at boot. */
  readonly refuses?: (error: unknown) => boolean;
}

/** Object check, query and explanation agree on every row, for 2,000 random rules and callers. */
export async function expectAgreement({ functions, rows, compile, list, refuses }: Asked): Promise<void> {
  let telling = 0;
  let negative = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      rules(functions),
      CALLERS,
      fc.subarray(['admin', 'support']),
      async (rule, part, roles) => {
        const principal = caller(part);
        const audience: Audience = { roles: new Set(roles) };
        const admits = compilePredicate(rule);
        const explains = explain(rule);
        const admitted = rows.filter((row) => admits(row, principal, audience));
        const explained = rows.filter((row) => explains(row, principal, audience).verdict === 'yes');
        expect(explained).toEqual(admitted);
        let query: ListQuery;
        try {
          query = compile(rule);
        } catch (error) {
          if (!refuses?.(error)) throw error;
          refused++;
          return;
        }
        const listed = await list(query(principal, audience));
        expect([...listed].sort()).toEqual(admitted.map(({ id }) => id).sort());
        if (listed.length > 0 && listed.length < rows.length) {
          telling++;
          if (JSON.stringify(rule).includes('"not"') && leavesOf(rule).some((leaf) => 'path' in leaf))
            negative++;
        }
      },
    ),
    { seed: SEED, numRuns: RULES, endOnFailure: true },
  );
  // Rules that admit all or nothing would agree by accident.
  expect(telling).toBeGreaterThan(RULES * 0.4);
  expect(negative).toBeGreaterThan(RULES * 0.1);
  expect(refused).toBeLessThan(RULES * 0.05);
}
