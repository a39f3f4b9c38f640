import type { Control } from '../core/control.js';
import { PageOf } from '../core/page.js';
import type { Principal } from '../core/principal.js';
import type { RoutePlan } from '../core/route-plan.js';
import { rawId } from '../pipeline/authorization/id-reader.js';
import { exposedPropertiesOf } from '../pipeline/output/exposure/exposed-properties.js';
import { RETURNS, type ReturnsDeclaration } from '../pipeline/output/exposure/returns.decorator.js';
import { PIPELINE, type Controls } from '../pipeline/pipeline.js';
import type { RoutePlans } from '../pipeline/route-plans.js';
import { ruleLines } from '../policy/explanation.js';
import type { Resource, ResourceRegistry } from '../policy/resource-registry.js';
import type { RoleHierarchy } from '../policy/roles.js';
import type {
  ExplainedCaller,
  ExplainedDecision,
  ExplainedRule,
  RouteExplanation,
} from './route-explanation.js';

/** Injection token of the {@link Explainer}. In the registry of symbols: the command line may be another copy of this package. */
export const EXPLAINER = Symbol.for('nestjs-gatehouse:explainer');

/** What an explanation is made from. */
export interface ExplainerParts {
  /** Plans the routes, where no server has made that happen. */
  readonly plan: () => void;
  readonly plans: RoutePlans;
  readonly controls: Controls;
  readonly resources: ResourceRegistry;
  readonly roles: RoleHierarchy;
}

/** Whom and what a route is explained for. */
export interface ExplainedRequest {
  readonly principal?: Principal;
  /** The id of an object, as a request would name it. */
  readonly object?: unknown;
  /** `true`: with the values that the rules found. They are personal data. */
  readonly values?: boolean;
}

/** Says of a route what was decided about it when the application started, and what that comes to for one caller and one object. */
export class Explainer {
  constructor(private readonly parts: ExplainerParts) {}

  /** The roles of the application. */
  roles(): readonly string[] {
    return this.parts.roles.names;
  }

  /**
   * The addresses of all routes, `GET /orders/:id`, in the order in which Nest registers them.
   *
   * @param loading `true`: of those that load an object
   */
  addresses({ loading = false } = {}): readonly string[] {
    this.parts.plan();
    return this.parts.plans
      .all()
      .filter(({ sections }) => !loading || sections.authorization.checks.length > 0)
      .flatMap(({ route }) => route.addresses.map(({ method, path }) => `${method} ${path}`));
  }

  /** Explains the route with this address or this handler; `undefined` where there is none. A loader that fails throws. */
  async explain(
    name: string,
    { principal, object, values }: ExplainedRequest = {},
  ): Promise<RouteExplanation | undefined> {
    this.parts.plan();
    const found = this.#find(name);
    if (!found) return undefined;
    const { plan, address } = found;
    const decisions =
      principal && object !== undefined
        ? await this.#decisions(plan, principal, object, values === true)
        : undefined;
    return {
      address,
      handler: plan.route.id,
      controls: this.#words(plan),
      rules: this.#rules(plan),
      policies: plan.sections.authorization.policies,
      exposure: exposureOf(plan),
      ...(principal && { caller: this.#caller(plan, principal) }),
      ...(decisions && { decisions }),
    };
  }

  #find(name: string): { plan: RoutePlan; address: string } | undefined {
    for (const plan of this.parts.plans.all()) {
      for (const { method, path } of plan.route.addresses) {
        const address = `${method} ${path}`;
        if (address === name || plan.route.id === name) return { plan, address };
      }
    }
    return undefined;
  }

  #words({ sections }: RoutePlan): Readonly<Record<string, string>> {
    const words: Record<string, string> = {};
    for (const room of PIPELINE) {
      Object.assign(words, (this.parts.controls[room] as Control).describe(sections[room]));
    }
    return words;
  }

  #rules({ sections: { authorization } }: RoutePlan): readonly ExplainedRule[] {
    const { resources } = this.parts;
    const ruleOf = (resource: Resource, action: string | undefined): ExplainedRule => {
      const rule =
        action === undefined ? { kind: 'owner' as const, path: resource.owner } : resource.rule(action);
      return { resource: resource.name, action: action ?? 'owner', rule: rule ? ruleLines(rule) : [] };
    };
    return [
      ...authorization.checks.map(({ entity, action }) => ruleOf(resources.of(entity)!, action)),
      ...authorization.lists.map((entity) => ruleOf(resources.of(entity)!, 'read')),
    ];
  }

  #caller({ sections: { authorization } }: RoutePlan, principal: Principal): ExplainedCaller {
    const { roles } = this.parts.roles.audienceOf(principal);
    const missing = [
      ...authorization.roles
        .filter((anyOf) => !anyOf.some((role) => roles.has(role)))
        .map((anyOf) => `role ${anyOf.join(' or ')}`),
      ...authorization.scopes
        .filter((scope) => !principal.scopes.includes(scope))
        .map((scope) => `scope ${scope}`),
    ];
    return { id: principal.id, roles: [...roles], missing };
  }

  async #decisions(
    { sections: { authorization } }: RoutePlan,
    principal: Principal,
    named: unknown,
    values: boolean,
  ): Promise<readonly ExplainedDecision[]> {
    const audience = this.parts.roles.audienceOf(principal);
    const decisions: ExplainedDecision[] = [];
    for (const { entity, action } of authorization.checks) {
      const resource = this.parts.resources.of(entity)!;
      const about = { resource: resource.name, action: action ?? 'owner' };
      const object = await loadOne(resource, named);
      const explanation = object && resource.explain(action, object, principal, audience, { values });
      if (!object || !explanation) {
        decisions.push({ ...about, answer: 404 });
        continue;
      }
      const seen = !resource.conceal || resource.can('read', object, principal, audience);
      const refused = resource.failure(action, object, principal, audience) === undefined ? 403 : 503;
      const answer = explanation.verdict === 'yes' ? 'admitted' : seen ? refused : 404;
      decisions.push({ ...about, answer, explanation });
    }
    return decisions;
  }
}

async function loadOne({ ids, loader }: Resource, named: unknown): Promise<object | undefined> {
  const raw = rawId(named, ids);
  const id: unknown = raw === undefined ? undefined : loader.parseId(raw);
  if (id === undefined || id === null) return undefined;
  const [object] = await loader.loadMany([id]);
  return object ?? undefined;
}

function exposureOf({ route }: RoutePlan): Readonly<Record<string, string>> {
  const declared: unknown =
    route.ofMethod<ReturnsDeclaration>(RETURNS)?.type ??
    route.ofMethod<{ type?: unknown }>('class_serializer:options')?.type;
  const one: unknown = Array.isArray(declared) ? declared[0] : declared;
  const type = one instanceof PageOf ? one.item : one;
  if (typeof type !== 'function') return {};
  return Object.fromEntries(
    [...exposedPropertiesOf(type)].map(([property, { anyone, owner, roles }]) => [
      property,
      anyone ? 'anyone' : [...(owner ? ['owner'] : []), ...roles].join(' or ') || 'nobody',
    ]),
  );
}
