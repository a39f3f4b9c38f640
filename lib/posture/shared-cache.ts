import type { ApplicationConfig } from '@nestjs/core';
import type { Finding } from '../core/finding.js';
import type { RouteDeclaration } from '../core/route-declaration.js';
import type { RoutePlan } from '../core/route-plan.js';

/**
 * Response caches that know no user, on routes that do: what they keep of one caller they serve to the next, because they stand
 * around the handler and inside the guard.
 */
export function auditSharedCaches(config: ApplicationConfig, plans: readonly RoutePlan[]): Finding[] {
  const closed = plans.filter(({ sections }) => sections.authentication.publicReason === undefined);
  if (closed.length === 0) return [];
  const scoped = config.getGlobalRequestInterceptors();
  const global =
    config.getGlobalInterceptors().some(isCache) ||
    // What a factory makes for each request cannot be looked at.
    scoped.some(({ metatype, inject }) => Boolean(inject) || isCache(metatype));
  return [
    ...(global ? [finding('APP_INTERCEPTOR')] : []),
    ...closed
      .filter(({ route }) => interceptorsOf(route).some(isCache))
      .map(({ route }) => finding(route.id)),
  ];
}

function interceptorsOf(route: RouteDeclaration): unknown[] {
  const key = '__interceptors__';
  return [...(route.ofController<unknown[]>(key) ?? []), ...(route.ofMethod<unknown[]>(key) ?? [])];
}

/** By name, because `@nestjs/cache-manager` is not ours to import: `CacheInterceptor` and what extends it. */
function isCache(interceptor: unknown): boolean {
  const isClass = typeof interceptor === 'function';
  let type: unknown = isClass ? interceptor : (interceptor as object).constructor;
  while (typeof type === 'function' && type !== Function.prototype) {
    if (type.name === 'CacheInterceptor') return true;
    type = Object.getPrototypeOf(type);
  }
  return false;
}

function finding(where: string): Finding {
  return {
    code: 'output.shared-cache',
    where,
    message:
      "CacheInterceptor, or what a factory makes for each request, may keep one caller's answer and serve it to the next.",
    fix: 'use it on @Public routes alone, or cache in the service by the id of the principal',
  };
}
