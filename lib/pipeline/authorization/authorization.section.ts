import type { Type } from '@nestjs/common';
import type { GuardCall, Stage } from '../../core/control.js';
import type { Decision } from '../../core/decision.js';
import type { ResourceCheck } from './resource-check.js';
import type { ResourceLoad } from './resource-load.js';
import type { UnboundParameter } from './unbound.decorator.js';
import type { BodyRule } from './write-rule.js';

/** Who may call one route, what of, and what they may write: as declared, and as compiled. */
export interface AuthorizationSection {
  /** Lists of roles: one of each list is needed. */
  readonly roles: ReadonlyArray<readonly string[]>;
  /** Every scope that is needed. */
  readonly scopes: readonly string[];
  /** The `@Can` and `@Owns` of the controller and the method. */
  readonly checks: readonly ResourceCheck[];
  /** The same compiled, by resource: what is loaded, and what is asked of it. */
  readonly loads: readonly ResourceLoad[];
  /** The policies by name, in the order in which they are asked. */
  readonly policies: readonly string[];
  /** The entities that are listed by their `read` rule. */
  readonly lists: ReadonlyArray<Type<object>>;
  /** The bodies whose properties are not everyone's to write. */
  readonly bodies: readonly GuardedBody[];
  /** The path parameters that name no object, each with its reason. */
  readonly unbound: readonly UnboundParameter[];
  /** What each `@Loaded` and `@Where` of the handler takes, by the function that reads it. */
  readonly parameters: ReadonlyMap<unknown, Type<object>>;
  /** Roles and scopes. It waits for nothing. */
  readonly admit: (call: Pick<GuardCall, 'facts'>) => Decision;
  /** Resources, policies, lists and writable properties; `undefined` where nothing is declared. */
  readonly grant: Stage | undefined;
}

/** One `@Body()` of a handler, and what of it is checked. */
export interface GuardedBody {
  /** `@Body('order')` takes a property of the body; `undefined` is all of it. */
  readonly property: string | undefined;
  readonly rule: BodyRule;
}

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    authorization: AuthorizationSection;
  }
}
