import type { CanActivate, ExceptionFilter, NestInterceptor, PipeTransform, Type } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import type { Finding } from '../core/finding.js';
import type { RouteDeclaration } from '../core/route-declaration.js';

/** The global enhancers of the module. */
export interface OwnEnhancers {
  readonly guard: CanActivate;
  readonly pipe: PipeTransform;
  readonly interceptor: NestInterceptor;
  readonly filter: ExceptionFilter;
}

/** A filter class of the application that may answer before `ProblemFilter`. */
export type FilterClass = Type<ExceptionFilter>;

/**
 * Puts the module's enhancers where they belong among those that the application registered: the guard and the pipe first, the
 * interceptor outermost, the filter asked first, but for the application's filters that are named in `problems.before`.
 */
export function placeEnhancers(
  config: ApplicationConfig,
  own: OwnEnhancers,
  before: readonly FilterClass[],
): void {
  // Nest hands out its own arrays, and reads them when it binds the routes: after this.
  config.getGlobalGuards().unshift(own.guard);
  config.getGlobalPipes().unshift(own.pipe);
  config.getGlobalInterceptors().unshift(own.interceptor);
  const filters = config.getGlobalFilters();
  const first = filters.filter((filter) => before.some((named) => filter instanceof named));
  const rest = filters.filter((filter) => !first.includes(filter));
  // Nest asks the last registered filter first.
  filters.splice(0, filters.length, ...rest, own.filter, ...first);
}

/** Filters that would answer before `ProblemFilter` without being named in `problems.before`. */
export function auditFilters(
  config: ApplicationConfig,
  routes: readonly RouteDeclaration[],
  before: readonly FilterClass[],
): Finding[] {
  const findings: Finding[] = [];
  const report = (where: string, filter: string) =>
    findings.push({
      code: 'order.filter',
      where,
      message: `${filter} would answer before ProblemFilter and may show internals.`,
      fix: `remove @UseFilters(${filter}), or name it: problems: { before: [${filter}] }`,
    });
  for (const scoped of config.getGlobalRequestFilters()) {
    if (!before.includes(scoped.metatype as FilterClass)) report('APP_FILTER', scoped.name);
  }
  for (const route of routes) {
    const bound = [
      ...(route.ofController<unknown[]>('__exceptionFilters__') ?? []),
      ...(route.ofMethod<unknown[]>('__exceptionFilters__') ?? []),
    ];
    for (const filter of bound) {
      const named = before.some((type) => filter === type || filter instanceof type);
      if (!named)
        report(route.id, typeof filter === 'function' ? filter.name : (filter as object).constructor.name);
    }
  }
  return findings;
}
