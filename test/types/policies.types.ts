import type { Type } from '@nestjs/common';
import type {
  AccessPolicy,
  PolicyContext,
  RoutePolicy,
} from '../../lib/pipeline/authorization/policies/access-policy.js';
import type { AuthorizationOptions } from '../../lib/pipeline/authorization/authorization.options.js';
import type { ObligationHandler } from '../../lib/pipeline/authorization/policies/obligations.js';
import {
  allow,
  deny,
  type PolicyDecision,
} from '../../lib/pipeline/authorization/policies/policy-decision.js';
import { Policy } from '../../lib/pipeline/authorization/policies/policy.decorator.js';
import { DecisionPoint } from '../../lib/kit/decisions/decision-point.js';

class Order {
  id!: string;
  total!: number;
}
class Invoice {
  number!: string;
}

// Right.
class OfOrder implements AccessPolicy<Order> {
  readonly resource = Order;
  decide({ object, roles }: PolicyContext<Order>) {
    return object.total > 1 && roles.has('support') ? allow() : deny('too-late');
  }
}
class Later implements AccessPolicy<Order> {
  readonly resource = Order;
  async decide({ object }: PolicyContext<Order>): Promise<PolicyDecision> {
    return Promise.resolve(object.total > 1 ? allow() : deny('too-late'));
  }
}
class OfRoute implements RoutePolicy {
  readonly resource = null;
  decide({ now, object }: PolicyContext) {
    return now > 0 && object === undefined ? allow() : deny('too-late');
  }
}
/** Fits without saying so. */
class Quiet {
  readonly resource = Order;
  decide({ object }: PolicyContext<Order>) {
    return object.total > 1 ? allow() : deny('too-late');
  }
}
@Policy(OfRoute, OfOrder)
export class Right {
  @Policy(OfOrder, Later, Quiet) get(): void {}
  @Policy(OfRoute) @Policy(Later) list(): void {}
}
class Stamp implements ObligationHandler<number> {
  fulfil(value: number, { principal }: PolicyContext<object | undefined>) {
    return void [value, principal];
  }
}
export const right: AuthorizationOptions = { obligations: { stamp: Stamp } };

// Wrong.
class Crossed {
  readonly resource = Order;
  decide({ object }: PolicyContext<Invoice>) {
    return object.number ? allow() : deny('too-late');
  }
}
class Truthy {
  readonly resource = Order;
  decide() {
    return true;
  }
}
class Forgetful {
  readonly resource = null;
  decide({ now }: PolicyContext): PolicyDecision | undefined {
    return now > 0 ? allow() : undefined;
  }
}
class NoClass {
  readonly resource = 'Order';
  decide() {
    return allow();
  }
}
class Objectless {
  readonly resource = null;
  decide({ object }: PolicyContext<Order>) {
    return object.total > 1 ? allow() : deny('too-late');
  }
}
class Unsaid {
  decide() {
    return allow();
  }
}

export class Wrong {
  // @ts-expect-error a policy is needed
  @Policy() none(): void {}

  // @ts-expect-error the class of a policy, and not one of them
  @Policy(new OfRoute()) instance(): void {}

  // @ts-expect-error it names orders, and decides about invoices
  @Policy(Crossed) crossed(): void {}

  // @ts-expect-error the second of them
  @Policy(OfOrder, Crossed) second(): void {}

  // @ts-expect-error true is no decision
  @Policy(Truthy) truthy(): void {}

  // @ts-expect-error a policy always answers
  @Policy(Forgetful) forgetful(): void {}

  // @ts-expect-error a name is no class
  @Policy(NoClass) named(): void {}

  // @ts-expect-error it takes an order and does not say which class it is for
  @Policy(Objectless) objectless(): void {}

  // @ts-expect-error it does not say that it needs no object
  @Policy(Unsaid) unsaid(): void {}

  // @ts-expect-error no policy at all
  @Policy(Order) entity(): void {}
}

export class Misnamed implements AccessPolicy<Invoice> {
  // @ts-expect-error it says that it is for orders
  readonly resource = Order;
  decide({ object }: PolicyContext<Invoice>) {
    return object.number ? allow() : deny('too-late');
  }
}

export class Written implements AccessPolicy<Order> {
  readonly resource = Order;
  decide(context: PolicyContext<Order>) {
    // @ts-expect-error a decision is not for changing who asks
    context.principal = { ...context.principal, roles: ['admin'] };
    // @ts-expect-error the body is a stranger's: its form has to be looked at
    return context.body.total > 1 ? allow() : deny('too-late');
  }
}

// @ts-expect-error a reason that the application does not have
deny('to-late');
// @ts-expect-error a reason is needed
deny();
// @ts-expect-error an obligation has a name
allow({ value: 1 });
// @ts-expect-error a class with fulfil
export const unfulfilled: AuthorizationOptions = { obligations: { stamp: Order as Type<Order> } };

const point = new DecisionPoint((question: { readonly user: string }) =>
  Promise.resolve(question.user === 'a'),
);
// @ts-expect-error not what it takes
void point.ask('alice');
// @ts-expect-error an answer is promised
export const answer: boolean = point.ask({ user: 'a' });
// @ts-expect-error there is no such option
void new DecisionPoint(() => Promise.resolve(true), { cache: 60 });
