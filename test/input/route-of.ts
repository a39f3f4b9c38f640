import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import type { RouteDeclaration } from '../../lib/core/route-declaration.js';
import { CompiledInputs } from '../../lib/pipeline/input/compiled-inputs.js';
import { InputControl } from '../../lib/pipeline/input/input.control.js';
import { resolveInput } from '../../lib/pipeline/input/input.options.js';
import { handlerParameters } from '../../lib/posture/handler-parameters.js';

/** The declaration of a real controller's method, read from Nest's own metadata. */
export function routeOf(controller: Type, methodName: string): RouteDeclaration {
  const handler = (controller.prototype as Record<string, RouteDeclaration['handler']>)[methodName]!;
  return {
    id: `${controller.name}.${methodName}`,
    controller,
    methodName,
    handler,
    addresses: [],
    pathParameters: [],
    parameters: handlerParameters(controller, methodName),
    handlesResponse: false,
    ofMethod: <T>(key: string | symbol) => Reflect.getOwnMetadata(key, handler) as T | undefined,
    ofController: <T>(key: string | symbol) => Reflect.getMetadata(key, controller) as T | undefined,
  };
}

/** What the boot audit says about one method: `code where`. A configuration error is a finding too. */
export function findingsOf(controller: Type, methodName: string): string[] {
  const control = new InputControl(new CompiledInputs(resolveInput()));
  try {
    return control
      .compile(routeOf(controller, methodName))
      .findings.map(({ code, where }) => `${code} ${where}`);
  } catch (error) {
    if (error instanceof SecurityConfigError) return [`${error.code} ${error.path}`];
    throw error;
  }
}
