import type { Type } from '@nestjs/common';
import type { AuthorizationOptions } from '../../lib/pipeline/authorization/authorization.options.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Lists } from '../../lib/pipeline/authorization/lists.decorator.js';
import { Loaded } from '../../lib/pipeline/authorization/loaded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { Scopes } from '../../lib/pipeline/authorization/scopes.decorator.js';
import { Unbound } from '../../lib/pipeline/authorization/unbound.decorator.js';
import { Where } from '../../lib/pipeline/authorization/where.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';

class Item {
  id!: string;
  sku!: string;
  quantity!: number;
}
class Order {
  id!: string;
  userId!: string;
  status!: 'open' | 'paid';
  note!: string | null;
  total!: number;
  due?: Date;
  items!: Item[];
  first!: Item | null;
}
class User {
  id!: string;
  email!: string;
}

const IDS = { from: { body: 'ids' }, many: true } as const;

// Right.
@Roles('user')
@Scopes('orders')
@Unbound('currency', 'a public code')
@Can('read', Order, { from: { param: 'orderId' }, guardOnly: true })
@Owns(Order, { guardOnly: true })
export class Right {
  @Roles('support', 'admin') @Scopes('a', 'b') @Can('read', Order) get(@Loaded() order: Order): Order {
    return order;
  }
  @Owns(Order) async second(id: string, @Loaded(Order) order: Order): Promise<Order> {
    return order && id ? order : order;
  }
  @Can('read', Order) @Owns(User, { from: { header: 'x' } }) two(order: Order, user: User): void {
    void [order, user];
  }
  @Owns(Order, IDS) many(@Loaded() orders: Order[]): void {
    void orders;
  }
  @Can('read', Order, IDS) readonlyMany(@Loaded() orders: readonly Order[]): void {
    void orders;
  }
  @Can('read', Order, { guardOnly: true }) only(): void {}
  @Owns(Order, { ...IDS, guardOnly: true }) onlyMany(ids: string[]): void {
    void ids;
  }
  @Lists(Order) @Unbound('id', 'why') list(@Where() mine: object, @Where(Order) again: object): void {
    void [mine, again];
  }
}

export function crud<T extends object>(entity: Type<T>): Type<{ get(one: T): T }> {
  class Crud {
    @Can('read', entity, { guardOnly: true }) get(@Loaded(entity) one: T): T {
      return one;
    }
  }
  return Crud;
}

// @ts-expect-error: no role
@Roles()
// @ts-expect-error: a mistyped role
@Roles('suport')
// @ts-expect-error: the second role is mistyped
@Roles('support', 'amdin')
// @ts-expect-error: no scope
@Scopes()
// @ts-expect-error: no reason
@Unbound('id')
// @ts-expect-error: a check on a class, without guardOnly
@Owns(Order)
// @ts-expect-error: a check on a class, without guardOnly
@Can('read', Order)
export class WrongClass {}

export class Wrong {
  // @ts-expect-error: takes the id, and would load a second object
  @Can('read', Order) byId(orderId: string): void {
    void orderId;
  }
  // @ts-expect-error: takes nothing
  @Owns(Order) nothing(): void {}
  // @ts-expect-error: takes another class
  @Owns(Order) other(user: User): void {
    void user;
  }
  // @ts-expect-error: takes anything
  @Owns(Order) anything(order: any): void {
    void order;
  }
  // @ts-expect-error: takes what is unknown
  @Owns(Order) unknown(order: unknown): void {
    void order;
  }
  // @ts-expect-error: takes a part
  @Can('read', Order) part(order: Pick<Order, 'id'>): void {
    void order;
  }
  // @ts-expect-error: takes more than an Order
  @Can('read', Order) more(order: Order & { extra: string }): void {
    void order;
  }
  // @ts-expect-error: takes one, and there are many
  @Owns(Order, IDS) one(order: Order): void {
    void order;
  }
  // @ts-expect-error: takes many, and there is one
  @Owns(Order) many(orders: Order[]): void {
    void orders;
  }
  // @ts-expect-error: takes many of another class
  @Can('read', Order, IDS) users(users: User[]): void {
    void users;
  }
  // @ts-expect-error: takes a list of anything
  @Can('read', Order, IDS) list(orders: any[]): void {
    void orders;
  }
  // @ts-expect-error: many is read from the body
  @Can('read', Order, { from: { query: 'ids' }, many: true }) query(orders: Order[]): void {
    void orders;
  }
  // @ts-expect-error: no such place
  @Can('read', Order, { from: { cookie: 'id' } }) place(order: Order): void {
    void order;
  }
  // @ts-expect-error: no such option
  @Can('read', Order, { gardOnly: true }) option(order: Order): void {
    void order;
  }
  // @ts-expect-error: no class
  @Can('read') without(order: Order): void {
    void order;
  }
  // @ts-expect-error: no class
  @Lists() lists(): void {}
  // @ts-expect-error: a name is no class
  loaded(@Loaded('Order') order: Order): void {
    void order;
  }
}

// Right.
class PatchItem {
  sku?: string;
}
@WritesTo(Order)
export class Patch {
  @WritableBy(OWNER) note?: string | null;
  @WritableBy('support', OWNER) status?: 'paid';
  @WritableBy(ANYONE) due?: Date;
  @WritableBy('admin') items?: PatchItem[];
  first?: PatchItem | null;
}
@WritesTo(Order)
export class Empty {}

// @ts-expect-error: no such property
@WritesTo(Order)
export class Misnamed {
  nots?: string;
}
// @ts-expect-error: another type
@WritesTo(Order)
export class Mistyped {
  total?: string;
}
// @ts-expect-error: a status that the entity has not
@WritesTo(Order)
export class Wider {
  status?: 'open' | 'paid' | 'lost';
}
// @ts-expect-error: null, and the entity has always one
@WritesTo(Order)
export class Nullable {
  total?: number | null;
}
// @ts-expect-error: a nested property of another type
@WritesTo(Order)
export class NestedWrong {
  items?: Array<{ quantity: string }>;
}
// @ts-expect-error: one, and the entity has many
@WritesTo(Order)
export class NotList {
  items?: PatchItem;
}
// @ts-expect-error: no class
@WritesTo()
export class WithoutEntity {}

export class WrongAudiences {
  // @ts-expect-error: no audience
  @WritableBy() a?: string;
  // @ts-expect-error: a mistyped role
  @WritableBy('suport') b?: string;
  // @ts-expect-error: an unknown symbol
  @WritableBy(Symbol('owner')) c?: string;
}

export const options: AuthorizationOptions = { roles: { admin: ['support'], support: ['user'], user: [] } };
// @ts-expect-error: a mistyped role
export const mistyped: AuthorizationOptions = { roles: { amdin: [] } };
// @ts-expect-error: a mistyped inherited role
export const inherited: AuthorizationOptions = { roles: { admin: ['usr'] } };
