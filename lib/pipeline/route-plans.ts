import type { ExecutionContext, Type } from '@nestjs/common';
import type { PlanBook, Stage } from '../core/control.js';
import type { RoutePlan } from '../core/route-plan.js';

/** A route's plan and what the guard does for it, in order. */
export interface PlannedRoute {
  readonly plan: RoutePlan;
  readonly stages: readonly Stage[];
}

/**
 * The plans of all routes, by controller class and bound handler. The handler alone would give an inherited handler its
 * sibling's plan; the class and method name would break under decorators that wrap.
 */
export class RoutePlans implements PlanBook {
  readonly #byController = new Map<Type, Map<unknown, PlannedRoute>>();
  readonly #consumed = new Set<string>();

  /** Keeps the plan of one route. */
  add(planned: PlannedRoute): void {
    const { controller, handler } = planned.plan.route;
    const handlers = this.#byController.get(controller) ?? new Map<unknown, PlannedRoute>();
    handlers.set(handler, planned);
    this.#byController.set(controller, handlers);
    for (const type of planned.plan.sections.input.consumes) this.#consumed.add(type);
  }

  /** The media types that any route takes as a body. One set, which grows while routes are planned. */
  get consumed(): ReadonlySet<string> {
    return this.#consumed;
  }

  /** The planned route that Nest is about to call, or `undefined` for what was never planned. */
  find(context: ExecutionContext): PlannedRoute | undefined {
    return this.#byController.get(context.getClass())?.get(context.getHandler());
  }

  planOf(context: ExecutionContext): RoutePlan | undefined {
    return this.find(context)?.plan;
  }

  /** Every plan, in the order in which Nest registers the routes. */
  all(): RoutePlan[] {
    return [...this.#byController.values()].flatMap((handlers) =>
      [...handlers.values()].map(({ plan }) => plan),
    );
  }
}
