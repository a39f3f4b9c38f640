import type { Type } from '@nestjs/common';

/** Where a handler's parameter comes from. `custom` is a decorator made with `createParamDecorator`. */
export type ParameterSource =
  | 'request'
  | 'response'
  | 'next'
  | 'body'
  | 'query'
  | 'param'
  | 'headers'
  | 'session'
  | 'file'
  | 'files'
  | 'host'
  | 'ip'
  | 'rawBody'
  | 'cookies'
  | 'custom'
  | 'unknown';

/** One decorated parameter of a handler, as Nest recorded it. */
export interface HandlerParameter {
  readonly index: number;
  readonly source: ParameterSource;
  /** `@Param('id')` has `id`; `@Body()` has none. */
  readonly property: string | undefined;
  /** The class that TypeScript emitted (`Object` for interfaces, unions and `any`; `Array` for any array). */
  readonly type: unknown;
  /** For `custom`: the function given to `createParamDecorator`, by which a room knows its own decorator. */
  readonly factory: unknown;
  /** The pipes bound to this parameter alone. */
  readonly pipes: readonly unknown[];
}

/** One address under which a handler answers. */
export interface RouteAddress {
  /** `GET`, …, or `ALL`. */
  readonly method: string;
  /** With the global prefix and the version, as the adapter has it: `/v1/orders/:id`. */
  readonly path: string;
}

/**
 * All that is declared about one route: what a control compiles its section of the plan from. Read once, at boot.
 */
export interface RouteDeclaration {
  /** `OrdersController.get`. */
  readonly id: string;
  readonly controller: Type;
  readonly methodName: string;
  /** The function that Nest will call: the instance's, which may wrap the prototype's. */
  readonly handler: (...args: never[]) => unknown;
  readonly addresses: readonly RouteAddress[];
  /** The names of the path parameters of any of its addresses. */
  readonly pathParameters: readonly string[];
  readonly parameters: readonly HandlerParameter[];
  /** Whether Nest leaves the response to the handler (`@Res()` without `passthrough`). */
  readonly handlesResponse: boolean;
  /** Metadata on the method itself. */
  ofMethod<T>(key: string | symbol): T | undefined;
  /** Metadata on the controller class, inherited from the nearest base class that has it. */
  ofController<T>(key: string | symbol): T | undefined;
}

/** What is declared nearest: on the method, else on the controller. */
export function nearestOf<T>(route: RouteDeclaration, key: string | symbol): T | undefined {
  return route.ofMethod<T>(key) ?? route.ofController<T>(key);
}
