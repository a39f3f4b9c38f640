import { fromTypeorm, type WhereOf } from '../../lib/integrations/typeorm/index.js';
import { defineResource, type ResourceDefinition } from '../../lib/policy/resource.js';
import type { ResourceLoader } from '../../lib/core/resource-loader.js';
import type { OwnerPath } from '../../lib/policy/owner-path.js';
import { ruleBuilder } from '../../lib/policy/rule.js';

class Member {
  userId!: string;
  level!: number;
  account!: Account;
}
class Account {
  ownerId!: string | null;
  members!: Member[];
  closed?: boolean;
}
class Order {
  id!: string;
  number!: number;
  userId!: string;
  status!: 'open' | 'paid';
  note!: string | null;
  total!: number;
  createdAt!: Date;
  account!: Account | null;
  later!: Promise<Account>;
  anything: any;
  describe(): string {
    return this.id;
  }
}
class User {
  id!: string;
  email!: string;
}

const load = fromTypeorm<Order>();
class OrderLoader implements ResourceLoader<Order, string> {
  parseId(raw: unknown): string | undefined {
    return typeof raw === 'string' ? raw : undefined;
  }
  loadMany(ids: readonly string[]): Array<Order | undefined> {
    return ids.map(() => undefined);
  }
}

// Right.
export const right: ResourceDefinition<Order> = defineResource(Order, {
  id: 'id',
  owner: 'account.members.userId',
  load: fromTypeorm(),
  can: (r) => ({
    read: r.any(
      r.owner(),
      r.owner('account.ownerId'),
      r.owner('account.members.account.ownerId'),
      r.role('support'),
    ),
    anyNameAtAll: r.all(r.where('status', 'open'), r.where('total', 0), r.where('account.closed', true)),
    hasNoNote: r.all(
      r.where('note', null),
      r.where('account.members.level', 3),
      r.where('account.closed', null),
    ),
  }),
});
export const composite = defineResource(Order, {
  id: ['userId', 'number'],
  owner: 'userId',
  load: OrderLoader,
  can: () => ({}),
});
export const list: WhereOf<Order> = [{ userId: 'alice' }, { account: { members: { userId: 'alice' } } }];

const can = () => ({});

// The id is a property that can be one.
// @ts-expect-error no such property
defineResource(Order, { id: 'key', owner: 'userId', load, can });
// @ts-expect-error a date is no id
defineResource(Order, { id: 'createdAt', owner: 'userId', load, can });
// @ts-expect-error a method is no id
defineResource(Order, { id: 'describe', owner: 'userId', load, can });
// @ts-expect-error one of two is wrong
defineResource(Order, { id: ['id', 'key'], owner: 'userId', load, can });
// @ts-expect-error an empty list is no id
defineResource(Order, { id: [], owner: 'userId', load, can });

// The owner is a path to a string, a number or a bigint.
// @ts-expect-error mistyped
defineResource(Order, { id: 'id', owner: 'userid', load, can });
// @ts-expect-error a method of a related object
defineResource(Order, { id: 'id', owner: 'account.describe', load, can });
// @ts-expect-error an object
defineResource(Order, { id: 'id', owner: 'account', load, can });
// @ts-expect-error mistyped below
defineResource(Order, { id: 'id', owner: 'account.members.userid', load, can });
// @ts-expect-error a date
defineResource(Order, { id: 'id', owner: 'createdAt', load, can });
// @ts-expect-error a method
defineResource(Order, { id: 'id', owner: 'describe', load, can });
// @ts-expect-error a promise cannot be read by a rule
defineResource(Order, { id: 'id', owner: 'later.ownerId', load, can });
// @ts-expect-error any proves nothing
defineResource(Order, { id: 'id', owner: 'anything', load, can });
// @ts-expect-error five levels
defineResource(Order, { id: 'id', owner: 'account.members.account.members.userId', load, can });
// @ts-expect-error the owner is required
defineResource(Order, { id: 'id', load, can });

// Rules.
const r = ruleBuilder<Order>(['userId']);
// @ts-expect-error a mistyped owner path
r.owner('account.membrs.userId');
// @ts-expect-error an owner is no boolean
r.owner('account.closed');
// @ts-expect-error a mistyped property
r.where('stats', 'open');
// @ts-expect-error a value that the property cannot have
r.where('status', 'opne');
// @ts-expect-error a value of the wrong type
r.where('total', '0');
// @ts-expect-error a property that is never null
r.where('status', null);
// @ts-expect-error undefined is no value
r.where('note', undefined);
// @ts-expect-error a nested value of the wrong type
r.where('account.members.level', true);
// @ts-expect-error a date has no single meaning in a database
r.where('createdAt', new Date());
// @ts-expect-error a property needs a value
r.where('status');
// @ts-expect-error all of nothing would admit everybody
r.all();
// @ts-expect-error a role is named
r.role();
// @ts-expect-error not a rule
defineResource(Order, { id: 'id', owner: 'userId', load, can: () => ({ read: true }) });

// Of another class.
const users = fromTypeorm<User>();
// @ts-expect-error a loader of users does not load orders
defineResource(Order, { id: 'id', owner: 'userId', load: users, can });
// @ts-expect-error a loader of orders does not load users
defineResource(User, { id: 'id', owner: 'id', load: OrderLoader, can: () => ({}) });
// @ts-expect-error a rule about users is no rule about orders
r.any(ruleBuilder<User>(['id']).owner());

// Branding narrows the paths to the real owners.
type UserId = string & { readonly brand: 'UserId' };
class Branded {
  id!: string;
  userId!: UserId;
}
export const branded: OwnerPath<Branded> = 'userId';
