import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

type Handler = (...args: unknown[]) => unknown;

/**
 * Writes down each handler that runs, `OrdersController.get`. It counts in the handler itself: an interceptor runs before the pipes,
 * and so also sees requests whose input is then refused. To be called before the application is initialised.
 *
 * @example
 * ```ts
 * const executions: string[] = [];
 * await startApp(createShop(), 'express', (app) => countExecutions(app, executions));
 * ```
 */
export function countExecutions(app: INestApplication, executions: string[]): void {
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype, instance } of module.controllers.values()) {
      const controller = metatype as { name: string; prototype: Record<string, Handler> };
      for (const name of Object.getOwnPropertyNames(controller.prototype)) {
        const handler = controller.prototype[name]!;
        // The class itself carries the path of the controller.
        if (name === 'constructor' || !Reflect.hasMetadata('path', handler)) continue;
        const counted: Handler = function (this: unknown, ...args) {
          executions.push(`${controller.name}.${name}`);
          return handler.apply(this, args);
        };
        for (const key of Reflect.getMetadataKeys(handler) as string[]) {
          Reflect.defineMetadata(key, Reflect.getMetadata(key, handler), counted);
        }
        (instance as Record<string, Handler>)[name] = Object.defineProperty(counted, 'name', { value: name });
      }
    }
  }
}
