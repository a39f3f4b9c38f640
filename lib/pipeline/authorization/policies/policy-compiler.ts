import { ACCESS } from '../../../core/access.js';
import type { Finding } from '../../../core/finding.js';
import { nameOf } from '../../../core/options.js';
import type { Resolve } from '../../../core/resource-loader.js';
import type { RouteDeclaration } from '../../../core/route-declaration.js';
import { declaredOf } from '../admission.js';
import type { ResourceLoad } from '../resource-load.js';
import type { AccessPolicy, PolicyClass, RoutePolicy } from './access-policy.js';

/** One policy of a route, and where the objects are that it decides about. */
export interface CompiledPolicy {
  /** The name of its class. */
  readonly name: string;
  readonly policy: AccessPolicy<object> | RoutePolicy;
  /** The position of its resource among the loads of the route; `undefined` for a policy without objects. */
  readonly load: number | undefined;
}

/** What the `@Policy` of a route come to. */
export interface CompiledPolicies {
  readonly policies: readonly CompiledPolicy[];
  /** The policies by name, those that cannot be asked included. */
  readonly names: readonly string[];
  readonly findings: readonly Finding[];
  /** Whether one of them cannot be asked: the route then admits nobody. */
  readonly broken: boolean;
}

/** Finds the policies of a route among the providers, and the objects that each decides about. */
export function compilePolicies(
  route: RouteDeclaration,
  loads: readonly ResourceLoad[],
  resolve: Resolve,
): CompiledPolicies {
  const types = [...new Set(declaredOf<readonly PolicyClass[]>(route, ACCESS.policies).flat())];
  const policies: CompiledPolicy[] = [];
  const findings: Finding[] = [];
  for (const type of types) {
    const policy = policyOf(type, route, resolve, findings);
    if (!policy) continue;
    const { resource } = policy;
    const load = loads.findIndex(({ resource: { entity } }) => entity === resource);
    if (resource === null) policies.push({ name: type.name, policy, load: undefined });
    else if (load >= 0) policies.push({ name: type.name, policy, load });
    else findings.push(unbound(route, type, resource.name));
  }
  const names = types.map(({ name }) => name);
  return { policies, names, findings, broken: findings.length > 0 };
}

function policyOf(
  type: PolicyClass,
  { id }: RouteDeclaration,
  resolve: Resolve,
  findings: Finding[],
): CompiledPolicy['policy'] | undefined {
  const unknown = (message: string, fix: string) => {
    findings.push({ code: 'access.unknown-policy', where: id, message, fix });
    return undefined;
  };
  let policy: Partial<CompiledPolicy['policy']> | undefined;
  try {
    policy = resolve(type as PolicyClass & (new () => RoutePolicy));
  } catch (error) {
    return (error as Error).constructor.name === 'InvalidClassScopeException'
      ? unknown(
          `@Policy(${type.name}) names a provider of request scope, which does not exist when plans are made.`,
          `give ${type.name} the default scope: what it needs of the request is handed to decide()`,
        )
      : unknown(
          `@Policy(${type.name}) names a class that no module provides.`,
          `list it in the providers of a module: providers: [${type.name}]`,
        );
  }
  if (typeof policy?.decide !== 'function') {
    return unknown(
      `@Policy(${type.name}) names a class without decide().`,
      `class ${type.name} implements AccessPolicy<Order> { readonly resource = Order; decide({ object }) { return allow(); } }`,
    );
  }
  // A misspelt one would be asked without the object that it decides about.
  if (policy.resource === null || typeof policy.resource === 'function')
    return policy as CompiledPolicy['policy'];
  return unknown(
    `@Policy(${type.name}) names a class that does not say what it decides about: its resource is ${nameOf(policy.resource)}.`,
    `write readonly resource = Order in ${type.name}, or readonly resource = null where it needs no object`,
  );
}

function unbound({ id }: RouteDeclaration, type: PolicyClass, name: string): Finding {
  return {
    code: 'access.policy-unbound',
    where: id,
    message: `@Policy(${type.name}) decides about ${name}, and the route loads none.`,
    fix: `add what loads it, @Can('read', ${name}); or a policy of ${name}'s own route`,
  };
}
