import { RequestMethod, type ExecutionContext, type Type } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import type { GuardCall } from '../../lib/core/control.js';
import { RequestFacts } from '../../lib/core/request-facts.js';
import type { RouteDeclaration } from '../../lib/core/route-declaration.js';

/** What is declared about one method of a controller, as far as limits read it. */
export function declare(controller: Type, methodName: string): RouteDeclaration {
  const handler = (controller.prototype as Record<string, RouteDeclaration['handler']>)[methodName]!;
  const verb = (Reflect.getMetadata('method', handler) ?? RequestMethod.GET) as RequestMethod;
  const paths = [
    Reflect.getMetadata('path', controller) ?? '',
    Reflect.getMetadata('path', handler) ?? '',
  ] as string[];
  return {
    id: `${controller.name}.${methodName}`,
    controller,
    methodName,
    handler,
    addresses: [{ method: RequestMethod[verb], path: `/${paths.join('/')}`.replace(/\/+/g, '/') }],
    pathParameters: [],
    parameters: [],
    handlesResponse: false,
    ofMethod: <T>(key: string | symbol) => Reflect.getMetadata(key, handler) as T | undefined,
    ofController: <T>(key: string | symbol) => Reflect.getMetadata(key, controller) as T | undefined,
  };
}

/** Facts of a request from an address, by a user or by nobody. */
export function facts(address = '203.0.113.7', user?: string): RequestFacts {
  const made = new RequestFacts('00000000-0000-4000-8000-000000000000', '0'.repeat(32), address, Date.now());
  if (user !== undefined)
    made.principal = { id: user, roles: [], scopes: [], claims: {}, method: 'jwt', authenticatedAt: 0 };
  return made;
}

/** A guard call, and the response headers that were set in it. */
export function callFor(of: RequestFacts, body?: unknown): GuardCall & { sent: Record<string, unknown> } {
  const sent: Record<string, unknown> = {};
  const response = {
    setHeader: (name: string, value: unknown) => (sent[name] = value),
    on: () => response,
  };
  of.response = response as unknown as ServerResponse;
  const context = {} as ExecutionContext;
  const request = { headers: {}, params: {}, query: {}, body };
  return { context, request, raw: {} as never, facts: of, sent };
}
