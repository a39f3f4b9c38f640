import type { Type } from '@nestjs/common';
import type { Finding, FindingCode } from '../../core/finding.js';
import type { HandlerParameter, RouteDeclaration } from '../../core/route-declaration.js';
import { argumentRequest, DECORATORS, type ArgumentRequest } from './handler-argument.js';
import { type CompiledLoads, nameOf } from './load-compiler.js';

/** What each `@Loaded`, `@Where` and `@Guarded` of a handler takes. */
export interface BoundArguments {
  readonly parameters: ReadonlyMap<unknown, Type<object>>;
  /** The entities of which a `@Guarded` takes a condition. */
  readonly guarded: ReadonlySet<Type<object>>;
  readonly findings: readonly Finding[];
}

/** A kind of object that a route has at hand for its handler. */
interface Available {
  readonly entity: Type<object>;
  readonly many: boolean;
}

/** Gives every `@Loaded`, `@Where` and `@Guarded` its entity, and finds what a route checks in vain. */
export function bindArguments(
  route: RouteDeclaration,
  { checks, loads }: Pick<CompiledLoads, 'checks' | 'loads'>,
  lists: ReadonlyArray<Type<object>>,
): BoundArguments {
  const parameters = new Map<unknown, Type<object>>();
  const findings: Finding[] = [];
  const find = (code: FindingCode, message: string, fix: string) =>
    findings.push({ code, where: route.id, message, fix });
  const loaded: readonly Available[] = loads.flatMap(({ resource, sources }) =>
    sources.filter(({ kept }) => kept).map(({ many }) => ({ entity: resource.entity, many })),
  );
  const listed: readonly Available[] = lists.map((entity) => ({ entity, many: false }));
  const taken = {
    loaded: new Set<unknown>(),
    where: new Set<unknown>(),
    guarded: new Set<Type<object>>(),
  };

  for (const parameter of route.parameters) {
    const request = argumentRequest(parameter);
    if (!request) continue;
    const available = request.kind === 'where' ? listed : loaded;
    const chosen = choose(request, parameter, available);
    if (!chosen) {
      find('access.loaded-unbound', unboundMessage(parameter, request), unboundFix(request));
      continue;
    }
    parameters.set(parameter.factory, chosen.entity);
    taken[request.kind].add(chosen.entity);
    if (request.kind === 'loaded' && !fits(parameter, request, chosen)) {
      const wanted = chosen.many ? `${chosen.entity.name}[]` : chosen.entity.name;
      find(
        'access.handler-parameter',
        `parameter ${parameter.index} takes ${wanted} by @Loaded(), but is declared as ${typeName(parameter)}.`,
        `declare it: @Loaded() ${chosen.entity.name.toLowerCase()}: ${wanted}`,
      );
    }
  }
  for (const check of checks) {
    if (check.guardOnly || taken.loaded.has(check.entity) || !loaded.some((at) => at.entity === check.entity))
      continue;
    find(
      'access.handler-parameter',
      `${nameOf(check)} loads an object that the handler does not take: it would work on one that nobody checked.`,
      `take it: @Loaded() ${check.entity.name.toLowerCase()}: ${check.entity.name}, or write guardOnly: true`,
    );
  }
  for (const entity of lists) {
    if (taken.where.has(entity)) continue;
    find(
      'access.handler-parameter',
      `@Lists(${entity.name}) makes a condition that the handler does not take: it would list every row.`,
      `take it: @Where() mine: WhereOf<${entity.name}>`,
    );
  }
  return { parameters, guarded: taken.guarded, findings };
}

function choose(
  { entity, kind }: ArgumentRequest,
  { type }: HandlerParameter,
  available: readonly Available[],
): Available | undefined {
  if (entity) return available.find((one) => one.entity === entity);
  const typed =
    kind === 'loaded' ? available.filter((one) => (one.many ? type === Array : type === one.entity)) : [];
  if (typed.length === 1) return typed[0];
  return available.length === 1 ? available[0] : undefined;
}

function fits({ type }: HandlerParameter, { entity }: ArgumentRequest, chosen: Available): boolean {
  if (type === (chosen.many ? Array : chosen.entity)) return true;
  // A generic handler has no type to compare with: its decorator names the class instead.
  return entity !== undefined && (type === Object || type === undefined);
}

function unboundMessage({ index }: HandlerParameter, { kind, entity }: ArgumentRequest): string {
  const what = `${DECORATORS[kind]}(${entity?.name ?? ''})`;
  return `parameter ${index} has ${what}, but nothing of the route says what it takes.`;
}

function unboundFix({ kind, entity }: ArgumentRequest): string {
  const name = entity?.name ?? 'Order';
  return kind !== 'where'
    ? `write @Can('read', ${name}) or @Owns(${name}) on the method, and ${DECORATORS[kind]}(${name}) where it loads several`
    : `write @Lists(${name}) on the method, and @Where(${name}) where it lists several`;
}

function typeName({ type }: HandlerParameter): string {
  return typeof type === 'function' ? type.name : 'nothing';
}
