import type { ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Decision, MaybePromise } from './decision.js';
import type { Finding } from './finding.js';
import type { RequestFacts } from './request-facts.js';
import type { RouteDeclaration } from './route-declaration.js';
import type { RoutePlan, RoutePlanSections } from './route-plan.js';

/** One request on its way through the guard. */
export interface GuardCall {
  readonly context: ExecutionContext;
  /** The adapter's request: `params`, `query`, `body`, `headers`. */
  readonly request: RequestView;
  readonly raw: IncomingMessage;
  readonly facts: RequestFacts;
}

/** The part of a request that Express and Fastify have in common. */
export interface RequestView {
  readonly headers: IncomingMessage['headers'];
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  user?: unknown;
}

/** One step of the guard for one route. `undefined` lets the request go on. */
export type Stage = (call: GuardCall) => MaybePromise<Decision>;

/** What a control made of a route's declaration. */
export interface Compiled<Section> {
  readonly section: Section;
  /** What the boot audit has to say about it. Any finding that the baseline does not name stops the boot. */
  readonly findings: readonly Finding[];
  /** What the guard does for this route; left out where there is nothing to do, so that it costs nothing. */
  readonly stage?: Stage;
}

/**
 * One room of the pipeline as the plan knows it: it turns declarations into its section of the plan at boot, and can say in
 * words what the section does. No control knows another.
 */
export interface Control<Name extends keyof RoutePlanSections = keyof RoutePlanSections> {
  readonly name: Name;
  /** Runs once a route, at boot. */
  compile(route: RouteDeclaration): Compiled<RoutePlanSections[Name]>;
  /** The section in words, for the inventory: `{ limits: 'address 1000/60s' }`. */
  describe(section: RoutePlanSections[Name]): Readonly<Record<string, string>>;
}

/** Finds the plan of the route that Nest is about to call. */
export interface PlanBook {
  planOf(context: ExecutionContext): RoutePlan | undefined;
}

/** Injection token of the {@link PlanBook}. */
export const PLAN_BOOK = Symbol('nestjs-gatehouse:plan-book');
