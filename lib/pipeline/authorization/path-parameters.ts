import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { UnboundParameter } from './unbound.decorator.js';

/** The path parameters of a route that nothing checks, though the route is not public (OWASP API1). */
export function unboundParameters(
  route: RouteDeclaration,
  bound: ReadonlySet<string>,
  unbound: readonly UnboundParameter[],
): Finding[] {
  return route.pathParameters
    .filter((name) => !bound.has(name) && !unbound.some(({ parameter }) => parameter === name))
    .map((name) => ({
      code: 'access.param-unbound',
      where: route.id,
      message: `nothing checks what :${name} names: any caller could name what is another's.`,
      fix: `write @Can('read', Order${name === 'id' ? '' : `, { from: { param: '${name}' } }`}), or @Unbound('${name}', 'why') where nobody owns what it names`,
    }));
}
