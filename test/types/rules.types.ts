import type { Principal } from '../../lib/core/principal.js';
import { explain } from '../../lib/policy/explanation.js';
import { defineResource } from '../../lib/policy/resource.js';
import { fromTypeorm } from '../../lib/integrations/typeorm/index.js';
import { ruleBuilder, type Rule } from '../../lib/policy/rule.js';

class Member {
  userId!: bigint;
  active!: boolean;
  account!: Account;
}
class Account {
  tenantId!: string | null;
  members!: Member[];
}
class Order {
  id!: string;
  userId!: string;
  sellerId!: number;
  buyerId!: bigint | null;
  tenantId!: string;
  status!: 'open' | 'paid';
  total!: number;
  paid!: boolean;
  createdAt!: Date;
  account!: Account | null;
}
class Refund {
  id!: string;
  userId!: string;
  amount!: number;
}

const r = ruleBuilder<Order>(['userId']);

// Right.
export const right: Rule<Order> = r.any(
  r.owner(),
  r.owner('sellerId'),
  r.owner('buyerId'),
  r.owner('account.members.userId'),
  r.owner('account.members.account.tenantId'),
  r.all(r.same('tenantId'), r.not(r.where('status', 'paid')), r.scope('orders:read')),
  r.same('account.tenantId', 'claims.organisation'),
  r.same('sellerId', 'id'),
  r.where('buyerId', 7n),
  r.where('buyerId', null),
  r.fn('recent', (order, { tenant }) => order.createdAt > new Date(0) && tenant === order.tenantId),
  r.fn(
    'cheap',
    (order) => order.total < 10,
    ({ id }) => ({ userId: id }),
  ),
);

// `not`
// @ts-expect-error not of nothing
r.not();
// @ts-expect-error not of a name
r.not('owner');
// @ts-expect-error not of two
r.not(r.owner(), r.role('support'));
// @ts-expect-error not of a rule about another class
r.not(ruleBuilder<Refund>(['userId']).where('amount', 1));

// `same`
// @ts-expect-error a mistyped property
r.same('tenantID');
// @ts-expect-error a boolean is no tenant
r.same('paid');
// @ts-expect-error a date is no tenant
r.same('createdAt');
// @ts-expect-error a relation is no tenant
r.same('account');
// @ts-expect-error no such property of the caller
r.same('tenantId', 'tenent');
// @ts-expect-error a list is no value to compare with
r.same('tenantId', 'roles');
// @ts-expect-error which claim
r.same('tenantId', 'claims');
// @ts-expect-error a path
r.same();

// `scope`
// @ts-expect-error a scope is named
r.scope();
// @ts-expect-error a scope is a string
r.scope(7);
// @ts-expect-error one scope
r.scope(['orders:read']);

// `owner`
// @ts-expect-error a mistyped level
r.owner('account.members.userID');
// @ts-expect-error five levels
r.owner('account.members.account.members.userId');
// @ts-expect-error a boolean owns nothing
r.owner('account.members.active');

// `where`
// @ts-expect-error a bigint is no number
r.where('total', 1n);
// @ts-expect-error a number is no bigint
r.where('account.members.userId', 7);
// @ts-expect-error a boolean as text
r.where('paid', 'true');

// `fn`
// @ts-expect-error a name comes first
r.fn((order: Order) => order.paid);
// @ts-expect-error a check is needed
r.fn('paid');
// @ts-expect-error a check answers with a boolean
r.fn('paid', (order) => order.status);
// @ts-expect-error a check cannot wait
r.fn('paid', async (order) => order.paid);
// @ts-expect-error a property that the class lacks
r.fn('paid', (order) => order.payed);
// @ts-expect-error a property that the caller lacks
r.fn('mine', (order, caller) => order.userId === caller.userId);
// @ts-expect-error a check of another class
r.fn('small', (refund: Refund) => refund.amount < 10);
// @ts-expect-error a query is a function of the caller
r.fn('paid', (order) => order.paid, { paid: true });
r.fn(
  'paid',
  (order) => order.paid,
  // @ts-expect-error text is no condition
  () => 'paid = true',
);

// Roles and rules.
// @ts-expect-error a role is a string
r.role(1);
// @ts-expect-error a rule is no boolean
r.any(true);
// @ts-expect-error a rule about another class
export const foreign: Rule<Refund> = r.owner('account.members.userId');
defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  // @ts-expect-error a function instead of a rule
  can: () => ({ read: (order: Order) => order.paid }),
});

// An explanation.
declare const caller: Principal;
// @ts-expect-error the audience is needed
explain(r.owner().node)(new Order(), caller);
// @ts-expect-error a rule is explained by its node
explain(r.owner());
