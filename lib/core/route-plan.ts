import type { RouteDeclaration } from './route-declaration.js';

/**
 * What each room has compiled for a route. A room adds its section by augmentation:
 *
 * @example
 * ```ts
 * declare module '../../core/route-plan.js' {
 *   interface RoutePlanSections { limits: LimitsSection }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-interface, typescript/no-empty-object-type
export interface RoutePlanSections {}

/** Everything decided about a route at boot. A request reads it and decides nothing twice. */
export interface RoutePlan {
  readonly route: RouteDeclaration;
  readonly sections: Readonly<RoutePlanSections>;
}
