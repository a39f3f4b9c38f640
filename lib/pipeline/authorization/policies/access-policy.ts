import type { Type } from '@nestjs/common';
import type { MaybePromise } from '../../../core/decision.js';
import type { Principal } from '../../../core/principal.js';
import type { PolicyDecision } from './policy-decision.js';

/** What a policy decides by. Everything in it but `body` is proven or made by the module. */
export interface PolicyContext<T extends object | undefined = undefined> {
  /** The object that the route has loaded and that its `@Can` and `@Owns` admit. `undefined` for a policy of a route. */
  readonly object: T;
  readonly principal: Principal;
  /** The caller's roles, all inherited ones included. */
  readonly roles: ReadonlySet<string>;
  /** The client's address, validated. Only declared proxies may name another than the socket's. */
  readonly address: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The handler, `OrdersController.refund`. */
  readonly route: string;
  /** The body as it was parsed, before it is validated: guards run before pipes. A stranger's input. */
  readonly body: unknown;
}

/**
 * A policy about objects of one class: an injectable class of the application that `@Policy` names. It is asked after the object is
 * loaded and checked, once an object. What it throws is a 503.
 *
 * @example
 * ```ts
 * @Injectable()
 * class RefundWindow implements AccessPolicy<Order> {
 *   readonly resource = Order;
 *   decide({ object, now }: PolicyContext<Order>) {
 *     return now - object.createdAt.getTime() < 30 * DAY ? allow() : deny('too-late');
 *   }
 * }
 * ```
 */
export interface AccessPolicy<T extends object> {
  /** Of what the route has to load. */
  readonly resource: Type<T>;
  // A property and not a method: parameters of methods are compared both ways, and another class would fit.
  readonly decide: (context: PolicyContext<T>) => MaybePromise<PolicyDecision>;
}

/**
 * A policy that needs no object: of the time, the address, the caller. It says so, by `resource = null`.
 *
 * @example
 * ```ts
 * @Injectable()
 * class FromTheOffice implements RoutePolicy {
 *   readonly resource = null;
 *   readonly #office = addressRange(['192.0.2.0/24']);
 *   decide({ address }: PolicyContext) {
 *     return this.#office(address) ? allow() : deny('not-from-the-office');
 *   }
 * }
 * ```
 */
export interface RoutePolicy {
  /** Nothing that the route has to load. */
  readonly resource: null;
  readonly decide: (context: PolicyContext) => MaybePromise<PolicyDecision>;
}

/** A class that `@Policy` takes. `any`: a policy is contravariant in its class. */
export type PolicyClass = Type<AccessPolicy<any>> | Type<RoutePolicy>;

/** The policy class itself where it decides about the class that it names, else what the compiler complains of. */
export type Consistent<C> =
  C extends Type<infer P>
    ? P extends { readonly resource: Type<infer T extends object> }
      ? P extends AccessPolicy<T>
        ? C
        : { readonly 'its decide takes objects of another class than its resource': never }
      : C
    : C;
