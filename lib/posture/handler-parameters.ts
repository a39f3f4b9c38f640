import type { Type } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { HandlerParameter, ParameterSource } from '../core/route-declaration.js';

// Nest's own keys; both are the same in 11 and 12 (a test pins them).
const ROUTE_ARGUMENTS = '__routeArguments__';
const CUSTOM_ARGUMENT = '__customRouteArgs__';
const RESPONSE_PASSTHROUGH = '__responsePassthrough__';

interface RecordedArgument {
  readonly index: number;
  readonly data?: unknown;
  readonly factory?: unknown;
  readonly pipes?: readonly unknown[];
}

const SOURCES: Readonly<Record<string, ParameterSource>> = {
  REQUEST: 'request',
  RESPONSE: 'response',
  NEXT: 'next',
  BODY: 'body',
  QUERY: 'query',
  PARAM: 'param',
  HEADERS: 'headers',
  SESSION: 'session',
  FILE: 'file',
  FILES: 'files',
  HOST: 'host',
  IP: 'ip',
  RAW_BODY: 'rawBody',
  COOKIES: 'cookies',
  SIGNED_COOKIES: 'cookies',
};

/** The decorated parameters of a handler, in order, as Nest recorded them. */
export function handlerParameters(controller: Type, methodName: string): HandlerParameter[] {
  const recorded = (Reflect.getMetadata(ROUTE_ARGUMENTS, controller, methodName) ?? {}) as Record<
    string,
    RecordedArgument
  >;
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, methodName) ??
    []) as unknown[];
  return Object.entries(recorded)
    .map(([key, argument]) => ({
      index: argument.index,
      source: sourceOf(key),
      property: typeof argument.data === 'string' ? argument.data : undefined,
      type: types[argument.index],
      factory: argument.factory,
      pipes: argument.pipes ?? [],
    }))
    .sort((a, b) => a.index - b.index);
}

function sourceOf(key: string): ParameterSource {
  if (key.includes(CUSTOM_ARGUMENT)) return 'custom';
  const name = (RouteParamtypes as unknown as Record<string, string>)[key.split(':')[0]!];
  return (name !== undefined && SOURCES[name]) || 'unknown';
}

/** Whether Nest leaves the answer to the handler: `@Res()` or `@Next()` without `passthrough`. */
export function handlesResponse(
  controller: Type,
  methodName: string,
  parameters: readonly HandlerParameter[],
): boolean {
  const passthrough = Reflect.getMetadata(RESPONSE_PASSTHROUGH, controller, methodName) === true;
  return !passthrough && parameters.some(({ source }) => source === 'response' || source === 'next');
}
