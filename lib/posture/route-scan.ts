import { RequestMethod, type Type } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { PathsExplorer } from '@nestjs/core/router/paths-explorer.js';
import { RoutePathFactory } from '@nestjs/core/router/route-path-factory.js';
import type { RouteAddress, RouteDeclaration } from '../core/route-declaration.js';
import { RAW_RESPONSE } from '../pipeline/output/exposure/raw-response.decorator.js';
import type { ControllerOverlay } from './declared-controllers.js';
import { handlerParameters, handlesResponse } from './handler-parameters.js';

/**
 * Every route that Nest is about to register, with all that is declared about it. It asks Nest's own explorer and path factory,
 * so that what is planned is what is bound: inherited handlers, mixins, several paths, versions, module paths and prefixes.
 * `raw` holds the handlers whose output options let out as it is, and why.
 */
export function scanRoutes(
  modules: ModulesContainer,
  config: ApplicationConfig,
  overlay: ControllerOverlay,
  raw: ReadonlyMap<string, string>,
): RouteDeclaration[] {
  const explorer = new PathsExplorer(new MetadataScanner());
  const paths = new RoutePathFactory(config);
  const routes: RouteDeclaration[] = [];
  const nameOf = distinctNames();
  for (const module of modules.values()) {
    for (const wrapper of module.controllers.values()) {
      const controller = wrapper.metatype as Type;
      const options = overlay.get(controller);
      const instance = wrapper.instance as Record<string, RouteDeclaration['handler']>;
      for (const found of explorer.scanForPaths(instance)) {
        const parameters = handlerParameters(controller, found.methodName);
        const addresses = addressesOf(found, controller, modulePath(modules, module.metatype), config, paths);
        const declared = (controller.prototype as Record<string, object>)[found.methodName]!;
        const id = `${nameOf(controller)}.${found.methodName}`;
        // Of what options declare, only the raw response is a method's matter.
        const rawReason = raw.get(id) ?? options?.get(RAW_RESPONSE);
        routes.push({
          id,
          controller,
          methodName: found.methodName,
          handler: found.targetCallback,
          addresses,
          pathParameters: [...new Set(addresses.flatMap(({ path }) => pathParameters(path)))],
          parameters,
          handlesResponse: handlesResponse(controller, found.methodName, parameters),
          ofMethod: <T>(key: string | symbol) =>
            (Reflect.getMetadata(key, declared) ?? (key === RAW_RESPONSE ? rawReason : undefined)) as
              T | undefined,
          ofController: <T>(key: string | symbol) =>
            together(options?.get(key), Reflect.getMetadata(key, controller)) as T | undefined,
        });
      }
    }
  }
  return routes;
}

/** Names controllers. A second one of a name is `OrdersController~2`, so that what the baseline accepts is one place. */
function distinctNames(): (controller: Type) => string {
  const namesakes = new Map<string, Type[]>();
  return (controller) => {
    const known = namesakes.get(controller.name) ?? [];
    if (!known.includes(controller)) namesakes.set(controller.name, [...known, controller]);
    const ordinal = namesakes.get(controller.name)!.indexOf(controller) + 1;
    return ordinal === 1 ? controller.name : `${controller.name}~${ordinal}`;
  };
}

type FoundRoute = ReturnType<PathsExplorer['scanForPaths']>[number];

function addressesOf(
  found: FoundRoute,
  controller: Type,
  modulePath: string | undefined,
  config: ApplicationConfig,
  paths: RoutePathFactory,
): RouteAddress[] {
  const controllerPaths = [Reflect.getMetadata('path', controller) as string | string[]].flat();
  const versioningOptions = config.getVersioning();
  const controllerVersion = versioningOptions
    ? ((Reflect.getMetadata('__version__', controller) as never) ?? versioningOptions.defaultVersion)
    : undefined;
  return controllerPaths.flatMap((ctrlPath) =>
    found.path.flatMap((methodPath) =>
      paths
        .create(
          {
            ctrlPath: ctrlPath.startsWith('/') ? ctrlPath : `/${ctrlPath}`,
            methodPath,
            modulePath,
            globalPrefix: config.getGlobalPrefix(),
            controllerVersion,
            methodVersion: found.version,
            versioningOptions,
          },
          found.requestMethod,
        )
        .map((path) => ({ method: RequestMethod[found.requestMethod], path })),
    ),
  );
}

function modulePath(modules: ModulesContainer, metatype: unknown): string | undefined {
  const key = '__module_path__';
  return (Reflect.getMetadata(key + modules.applicationId, metatype as object) ??
    Reflect.getMetadata(key, metatype as object)) as string | undefined;
}

const PARAMETER = /[:*](?:"([^"]+)"|([\p{ID_Continue}$]+))|(\*)$/gu;
const INNERMOST_EXPRESSION = /\([^()]*\)/g;

/** The names in a path: `:id`, `:id(\\d+)`, `{:id}`, `:"order-id"`, `*rest`, and `*`, which is how Fastify names its wildcard. */
function pathParameters(path: string): string[] {
  const plain = path.replaceAll(INNERMOST_EXPRESSION, '');
  if (plain !== path) return pathParameters(plain);
  return [...path.matchAll(PARAMETER)].map(([, quoted, word, wildcard]) => (quoted ?? word ?? wildcard)!);
}

/** What options and decorators say of one controller. Lists of rules AND. */
function together(option: unknown, decorator: unknown): unknown {
  return Array.isArray(option) && Array.isArray(decorator)
    ? [...option, ...decorator]
    : (option ?? decorator);
}
