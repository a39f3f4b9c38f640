import { RequestMethod, type Type } from '@nestjs/common';
import type { RouteDeclaration } from '../../lib/core/route-declaration.js';
import { handlerParameters } from '../../lib/posture/handler-parameters.js';

/** The declaration of one method of a controller, read from what the real decorators wrote. */
export function declare(controller: Type, methodName: string): RouteDeclaration {
  const handler = (controller.prototype as Record<string, RouteDeclaration['handler']>)[methodName]!;
  const verb = (Reflect.getMetadata('method', handler) ?? RequestMethod.GET) as RequestMethod;
  const prefix = (Reflect.getMetadata('path', controller) ?? '') as string;
  const paths = [(Reflect.getMetadata('path', handler) ?? '') as string | string[]].flat();
  const addresses = paths.map((path) => ({
    method: RequestMethod[verb],
    path: `/${prefix}/${path}`.replace(/\/+/g, '/'),
  }));
  return {
    id: `${controller.name}.${methodName}`,
    controller,
    methodName,
    handler,
    addresses,
    pathParameters: addresses.flatMap(({ path }) => [...path.matchAll(/:(\w+)/g)].map((match) => match[1]!)),
    parameters: handlerParameters(controller, methodName),
    handlesResponse: false,
    ofMethod: <T>(key: string | symbol) => Reflect.getMetadata(key, handler) as T | undefined,
    ofController: <T>(key: string | symbol) => Reflect.getMetadata(key, controller) as T | undefined,
  };
}
