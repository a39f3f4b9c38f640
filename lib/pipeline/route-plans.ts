import type { ExecutionContext, Type } from '@nestjs/common';
import type { PlanBook, Stage } from '../core/control.js';
import { SecurityConfigError } from '../core/config-error.js';
import type { RoutePlan } from '../core/route-plan.js';

/** A route's plan and what the guard does for it, in order. */
export interface PlannedRoute {
  readonly plan: RoutePlan;
  readonly stages: readonly Stage[];
}

/**
 * The plans of all routes, by controller class and bound handler. The handler alone would give an inherited handler its
 * sibling's plan; the class and method name would break under decorators that wrap.
 *
 * @throws {SecurityConfigError} `option.conflict` where one function has two method names
 */
export class RoutePlans implements PlanBook {
  readonly #byController = new Map<Type, Map<unknown, PlannedRoute>>();
  // A controller in two modules has two plans, with addresses of their own.
  readonly #all: RoutePlan[] = [];
  readonly #consumed = new Set<string>();

  /** Keeps the plan of one route. */
  add(planned: PlannedRoute): void {
    const { controller, handler, methodName } = planned.plan.route;
    const handlers = this.#byController.get(controller) ?? new Map<unknown, PlannedRoute>();
    const other = handlers.get(handler)?.plan.route.methodName;
    if (other !== undefined && other !== methodName) {
      throw new SecurityConfigError(
        'option.conflict',
        `${controller.name}.${other} and ${controller.name}.${methodName}`,
        'are one function, and Nest does not say under which name it is called',
        'write two methods',
      );
    }
    handlers.set(handler, planned);
    this.#all.push(planned.plan);
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
  all(): readonly RoutePlan[] {
    return this.#all;
  }
}
