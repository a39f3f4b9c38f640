import type { DenialReason } from '../core/reason.js';
import type { Explanation } from '../policy/explanation.js';

/** One rule of a route: of which resource, for which action, and the rule as lines. */
export interface ExplainedRule {
  readonly resource: string;
  /** `owner` for `@Owns`. */
  readonly action: string;
  /** Indented; empty where the action has no rule, so that nobody is admitted. */
  readonly rule: readonly string[];
}

/** What a request is told: it goes on, or it ends with this status. */
export type Answer = 'admitted' | number;

/** What one check, or one list, says of one object. */
export interface ExplainedDecision {
  readonly resource: string;
  readonly action: string;
  /**
   * What a request would be told here. Of a list, whether the object is among its rows, and 503 where that is not known.
   * `not named`: the id that was given is of another resource.
   */
  readonly answer: Answer | 'listed' | 'not listed' | 'not named';
  /** Why not, as in the security log: `access.missing`. */
  readonly reason?: DenialReason;
  /** `undefined` where there is no such object. */
  readonly explanation?: Explanation;
}

/** What a route asks of one caller before any object is looked at. */
export interface ExplainedCaller {
  readonly id: string;
  /** All inherited ones included. */
  readonly roles: readonly string[];
  /** Whether the caller is let on to the rules; else the status. */
  readonly answer: Answer;
  /** What is missing: `role support or admin`, `scope orders:write`. */
  readonly missing: readonly string[];
}

/** Everything that was decided about a route when the application started; with a caller and an object, what they come to. */
export interface RouteExplanation {
  /** `PATCH /orders/:id` */
  readonly address: string;
  /** `OrdersController.patch` */
  readonly handler: string;
  /** Each control in words, as in the inventory. */
  readonly controls: Readonly<Record<string, string>>;
  /** The rules of its `@Can`, `@Owns` and `@Lists`. */
  readonly rules: readonly ExplainedRule[];
  /** The policies that are asked after them. They are named and not asked: they decide about a request. */
  readonly policies: readonly string[];
  /** Who is shown which property of what it returns: `{ total: 'owner or support' }`. */
  readonly exposure: Readonly<Record<string, string>>;
  readonly caller?: ExplainedCaller;
  /**
   * What a request of this caller with these objects is told by roles, scopes and rules: the answer of the guard, before the policies and what
   * the body says. `undefined` where it depends on an object that is not named.
   */
  readonly answer?: Answer;
  readonly decisions?: readonly ExplainedDecision[];
}
