import type { Compiled, Control, Stage } from '../core/control.js';
import type { Finding } from '../core/finding.js';
import type { RouteDeclaration } from '../core/route-declaration.js';
import type { RoutePlanSections } from '../core/route-plan.js';
import type { StateTrip } from '../kit/state/state-trip.js';
import type { PlannedRoute } from './route-plans.js';

/**
 * What a request passes after the edge, in this order, and nowhere else is an order written down: how long it may take, who is
 * calling, how much they may call (after which all that was asked of shared state travels in one trip), whether the body has the
 * declared type, what they may touch, which page of it and in which order. The pipe (input) and the interceptor (output)
 * run after the guard; their sections stand here for the plan.
 */
export const PIPELINE = [
  'deadline',
  'authentication',
  'limits',
  'input',
  'authorization',
  'lists',
  'output',
] as const;

/** One control a room. */
export type Controls = { readonly [Name in keyof RoutePlanSections]: Control<Name> };

/** Compiles everything about one route that can be decided at boot. */
export function planRoute(
  route: RouteDeclaration,
  controls: Controls,
  trip: StateTrip,
): { planned: PlannedRoute; findings: Finding[] } {
  const sections: Record<string, unknown> = {};
  const stages: Stage[] = [];
  const findings: Finding[] = [];
  for (const name of PIPELINE) {
    const compiled: Compiled<unknown> = controls[name].compile(route);
    sections[name] = compiled.section;
    findings.push(...compiled.findings);
    if (compiled.stage) stages.push(compiled.stage);
    if (name === 'limits' && stages.length > 0) stages.push(({ facts }) => trip.run(facts));
  }
  return {
    planned: { plan: { route, sections: sections as unknown as RoutePlanSections }, stages },
    findings,
  };
}
