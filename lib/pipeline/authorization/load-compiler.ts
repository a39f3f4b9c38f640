import { ACCESS } from '../../core/access.js';
import type { Finding } from '../../core/finding.js';
import { nearest } from '../../core/options.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import { declaredOf } from './admission.js';
import { pathReader, readerOf } from './id-reader.js';
import { objectCheck, type ObjectCheck } from './object-check.js';
import type { ResourceCheck } from './resource-check.js';
import type { ObjectSource, ResourceLoad } from './resource-load.js';
import { transformedPlaces } from './transformed-places.js';

/** What the `@Can` and `@Owns` of a route come to. */
export interface CompiledLoads {
  readonly checks: readonly ResourceCheck[];
  readonly loads: readonly ResourceLoad[];
  /** The path parameters that a check reads. */
  readonly bound: ReadonlySet<string>;
  readonly findings: readonly Finding[];
  /** Whether a check has no resource: the route then admits nobody. */
  readonly broken: boolean;
}

interface OpenSource {
  readonly first: ResourceCheck;
  readonly checks: ObjectCheck[];
  wanted: boolean;
}

/** Groups the checks of a route by resource, and within it by the place that names the objects. */
export function compileLoads(
  route: RouteDeclaration,
  registry: ResourceRegistry,
  explained: boolean,
): CompiledLoads {
  const checks = declaredOf<ResourceCheck>(route, ACCESS.checks);
  const findings: Finding[] = [];
  const bound = new Set<string>();
  const byResource = new Map<Resource, Map<string, OpenSource>>();
  let broken = false;
  for (const check of checks) {
    const resource = registry.of(check.entity);
    if (!resource) {
      broken = true;
      findings.push(unknownResource(route.id, check.entity.name, nameOf(check)));
      continue;
    }
    findings.push(
      ...actionFindings(route, check, resource),
      ...pathFindings(route, check, resource, bound),
      ...transformedPlaces(route, check, nameOf(check)),
    );
    if (check.lock && resource.loader.locks !== true) findings.push(noLock(route, check));
    const sources = byResource.get(resource) ?? new Map<string, OpenSource>();
    byResource.set(resource, sources);
    const key = JSON.stringify([check.from, check.many]);
    const source = sources.get(key) ?? { first: check, checks: [], wanted: false };
    sources.set(key, source);
    source.checks.push(objectCheck(resource, check.action, explained));
    source.wanted ||= !check.guardOnly;
  }
  const loads = [...byResource].map(([resource, sources]) => {
    const open = [...sources.values()];
    const wanted = open.filter((source) => source.wanted);
    if (wanted.length > 1) findings.push(ambiguous(route, resource));
    const kept = open.length === 1 ? open[0] : wanted.length === 1 ? wanted[0] : undefined;
    const lock = checks.some((check) => check.lock && check.entity === resource.entity);
    return { resource, lock, sources: open.map((source) => closed(source, resource, source === kept)) };
  });
  return { checks, loads, bound, findings, broken };
}

/** The decorator as it was written, for messages: `@Can('read', Order)`. */
export function nameOf({ action, entity }: ResourceCheck): string {
  return action === undefined ? `@Owns(${entity.name})` : `@Can('${action}', ${entity.name})`;
}

/** The finding for a class without `defineResource`. */
export function unknownResource(where: string, entity: string, decorator: string): Finding {
  return {
    code: 'access.unknown-resource',
    where,
    message: `${decorator} names ${entity}, which is no resource.`,
    fix: `name it in the options: authorization: { resources: [defineResource(${entity}, { … })] }`,
  };
}

/** The finding for an action without a rule. */
export function unknownAction(where: string, decorator: string, action: string, resource: Resource): Finding {
  const near = nearest(action, [...resource.actions]);
  return {
    code: 'access.unknown-action',
    where,
    message: `${decorator} needs the action '${action}', for which ${resource.name} has no rule: nobody would be admitted.`,
    fix: near
      ? `did you mean '${near}'?`
      : `add it to defineResource(${resource.name}, { can: (r) => ({ ${action}: r.owner() }) })`,
  };
}

function closed({ first, checks }: OpenSource, resource: Resource, kept: boolean): ObjectSource {
  const read = first.from ? readerOf(first.from) : pathReader(resource.ids);
  return { read, many: first.many, kept, checks };
}

function actionFindings({ id }: RouteDeclaration, check: ResourceCheck, resource: Resource): Finding[] {
  if (check.action === undefined || resource.actions.has(check.action)) return [];
  return [unknownAction(id, nameOf(check), check.action, resource)];
}

function pathFindings(
  route: RouteDeclaration,
  check: ResourceCheck,
  resource: Resource,
  bound: Set<string>,
): Finding[] {
  const misnamed = partFindings(route, check, resource);
  if (misnamed.length > 0) return misnamed;
  const read = parametersOf(check.from, resource);
  for (const parameter of read) bound.add(parameter);
  const absent = read.filter((parameter) => !route.pathParameters.includes(parameter));
  if (absent.length === 0) return [];
  const candidate = route.pathParameters[0] ?? `${resource.name.toLowerCase()}Id`;
  return [
    {
      code: 'access.param-unbound',
      where: route.id,
      message: `${nameOf(check)} reads its id from the path, which has no :${absent.join(' and no :')}.`,
      fix: `name the place: ${nameOf(check).slice(0, -1)}, { from: { param: '${candidate}' } })`,
    },
  ];
}

/** The path parameters from which an id is read. */
function parametersOf(from: ResourceCheck['from'], { ids }: Resource): readonly string[] {
  if (!from) return ids;
  const places = 'parts' in from ? Object.values(from.parts) : [from];
  return places.flatMap((place) => ('param' in place ? [place.param] : []));
}

function partFindings({ id }: RouteDeclaration, check: ResourceCheck, resource: Resource): Finding[] {
  if (!check.from || !('parts' in check.from)) return [];
  const { ids, name } = resource;
  const named = Object.keys(check.from.parts);
  if (named.length === ids.length && ids.every((part) => named.includes(part))) return [];
  return [
    {
      code: 'access.param-unbound',
      where: id,
      message: `${nameOf(check)} names the parts ${named.join(' and ')}, but the id of ${name} is ${ids.join(' and ')}.`,
      fix:
        ids.length === 1
          ? `write one place: { from: { param: '${ids[0]}' } }`
          : `write a place for each: { from: { parts: { ${ids.map((part) => `${part}: { param: '${part}' }`).join(', ')} } } }`,
    },
  ];
}

function noLock({ id }: RouteDeclaration, check: ResourceCheck): Finding {
  return {
    code: 'access.no-lock',
    where: id,
    message: `${nameOf(check)} has lock: 'update', and the loader of ${check.entity.name} locks nothing.`,
    fix: 'name where the transaction of a request is, load: fromTypeorm({ transaction: RequestTransactions }) or fromDrizzle(…, { transaction }) on PostgreSQL, or write under the condition of @Guarded() instead',
  };
}

function ambiguous({ id }: RouteDeclaration, { name }: Resource): Finding {
  return {
    code: 'access.loaded-unbound',
    where: id,
    message: `it loads ${name} from more than one place, so @Loaded() could mean either.`,
    fix: 'write guardOnly: true on every check but the one that the handler takes',
  };
}
