import type { Audience } from '../core/audience.js';
import type { Decision } from '../core/decision.js';
import type { Principal } from '../core/principal.js';
import { REASONS } from '../core/reason.js';
import { RequestFacts } from '../core/request-facts.js';
import type { RoutePlan } from '../core/route-plan.js';
import { answerAbout } from '../pipeline/authorization/object-answer.js';
import { objectCheck } from '../pipeline/authorization/object-check.js';
import type { ResourceLoad } from '../pipeline/authorization/resource-load.js';
import { exposedPropertiesOf } from '../pipeline/output/exposure/exposed-properties.js';
import type { RoutePlans } from '../pipeline/route-plans.js';
import { ruleLines } from '../policy/explanation.js';
import type { Resource } from '../policy/compiled-resource.js';
import type { RoleHierarchy } from '../policy/roles.js';
import type { ResourceRegistry } from '../policy/resource-registry.js';
import type { Posture } from './posture.js';
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
  readonly posture: Posture;
  readonly resources: ResourceRegistry;
  readonly roles: RoleHierarchy;
}

/** Whom and what a route is explained for. */
export interface ExplainedRequest {
  readonly principal?: Principal;
  /**
   * The id of an object, as a request would name it: of the first resource of the route. Where it has several, their ids by name:
   * `{ Order: 'a1', Account: 'b2' }`.
   */
  readonly object?: unknown;
  /** `true`: with the values that the rules found. They are personal data. */
  readonly values?: boolean;
}

type Asking = ExplainedRequest & { readonly principal: Principal };

/** What a route loads of one resource, or lists of it. */
interface Asked {
  readonly load: ResourceLoad;
  readonly listed: boolean;
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
   * @param loading `true`: of those that load or list objects
   */
  addresses({ loading = false } = {}): readonly string[] {
    this.parts.plan();
    return this.parts.plans
      .all()
      .filter(
        ({ sections: { authorization } }) =>
          !loading || authorization.checks.length > 0 || authorization.lists.length > 0,
      )
      .flatMap((plan) => this.parts.posture.rowsOf(plan).map(({ address }) => address));
  }

  /** Explains the route with this address or this handler; `undefined` where there is none. */
  async explain(name: string, asked: ExplainedRequest = {}): Promise<RouteExplanation | undefined> {
    this.parts.plan();
    for (const plan of this.parts.plans.all()) {
      const row = this.parts.posture
        .rowsOf(plan)
        .find(({ address, handler }) => address === name || handler === name);
      if (!row) continue;
      const { output, authorization } = plan.sections;
      const { principal } = asked;
      return {
        ...row,
        rules: this.#rules(plan),
        policies: authorization.policies,
        exposure: 'exposes' in output ? exposureOf(output.exposes) : {},
        ...(principal && (await this.#decided(plan, { ...asked, principal }))),
      };
    }
    return undefined;
  }

  #rules({ sections: { authorization } }: RoutePlan): readonly ExplainedRule[] {
    const ruleOf = (entity: unknown, action: string | undefined): ExplainedRule => {
      const resource = this.parts.resources.of(entity)!;
      const rule = resource.rule(action);
      return { resource: resource.name, action: action ?? 'owner', rule: rule ? ruleLines(rule) : [] };
    };
    return [
      ...authorization.checks.map(({ entity, action }) => ruleOf(entity, action)),
      ...authorization.lists.map((entity) => ruleOf(entity, 'read')),
    ];
  }

  async #decided(
    { sections: { authorization } }: RoutePlan,
    { principal, object, values = false }: Asking,
  ): Promise<Pick<RouteExplanation, 'caller' | 'decisions' | 'answer'>> {
    const { roles, scopes, admit, loads, lists } = authorization;
    const facts = new RequestFacts('explain', '', '', Date.now());
    facts.principal = principal;
    const refused = admit({ facts });
    const audience = facts.audience!;
    const caller: ExplainedCaller = {
      id: principal.id,
      roles: [...audience.roles],
      answer: answerOf(refused),
      missing: [
        ...roles
          .filter((anyOf) => !anyOf.some((role) => audience.roles.has(role)))
          .map((anyOf) => `role ${anyOf.join(' or ')}`),
        ...scopes.filter((scope) => !principal.scopes.includes(scope)).map((scope) => `scope ${scope}`),
      ],
    };
    const all: readonly Asked[] = [
      ...loads.map((load) => ({ load, listed: false })),
      ...lists.map((entity) => ({ load: listed(this.parts.resources.of(entity)!), listed: true })),
    ];
    const idOf = idsIn(object, new Set(all.map(({ load }) => load.resource.name)));
    const decisions: ExplainedDecision[] = [];
    let answer: 'admitted' | 'not named' | number = answerOf(refused);
    for (const one of all) {
      const id = idOf(one.load.resource.name);
      const about = await decided(one, id, principal, audience, values);
      decisions.push(...about.decisions);
      // The guard answers with the first denial, and without an object it is not known which one that is.
      if (answer === 'admitted' && !one.listed) answer = about.answer;
    }
    return {
      caller,
      ...(object !== undefined && { decisions }),
      ...(answer !== 'not named' && { answer }),
    };
  }
}

async function decided(
  { load, listed: isList }: Asked,
  id: unknown,
  principal: Principal,
  audience: Audience,
  values: boolean,
): Promise<{
  readonly decisions: readonly ExplainedDecision[];
  readonly answer: 'admitted' | 'not named' | number;
}> {
  const { resource, sources } = load;
  const about = (action: string | undefined) => ({ resource: resource.name, action: action ?? 'owner' });
  if (id === undefined) {
    const checks = sources.flatMap((source) => source.checks);
    const decisions = checks.map(({ action }) => ({ ...about(action), answer: 'not named' as const }));
    return { decisions, answer: 'not named' };
  }
  const { object, denial, checks } = await answerAbout(load, id, principal, audience);
  const decisions = checks.map((check): ExplainedDecision => {
    const explanation = object && resource.explain(check.action, object, principal, audience, { values });
    return {
      ...about(check.action),
      answer: isList ? (check.denial ? 'not listed' : 'listed') : answerOf(check.denial),
      ...(check.denial && { reason: check.denial.reason }),
      ...(explanation && { explanation }),
    };
  });
  return { decisions, answer: answerOf(denial) };
}

/** What a list asks of each row, as a load. */
function listed(resource: Resource): ResourceLoad {
  const checks = [objectCheck(resource, 'read', false)];
  return { resource, lock: false, sources: [{ read: () => undefined, many: false, kept: false, checks }] };
}

/** The id that is named for each resource: one id alone is that of the first. */
function idsIn(object: unknown, names: ReadonlySet<string>): (name: string) => unknown {
  const keys = typeof object === 'object' && object !== null ? Object.keys(object) : [];
  if (keys.length > 0 && keys.every((key) => names.has(key))) {
    return (name) =>
      Object.hasOwn(object as object, name) ? (object as Record<string, unknown>)[name] : undefined;
  }
  const [first] = names;
  return (name) => (name === first ? object : undefined);
}

function answerOf(denial: Decision): 'admitted' | number {
  return denial ? (denial.status ?? REASONS[denial.reason].status) : 'admitted';
}

function exposureOf(
  type: Parameters<typeof exposedPropertiesOf>[0] | null,
): Readonly<Record<string, string>> {
  if (type === null) return {};
  return Object.fromEntries(
    [...exposedPropertiesOf(type)].map(([property, { anyone, owner, roles }]) => [
      property,
      anyone ? 'anyone' : [...(owner ? ['owner'] : []), ...roles].join(' or ') || 'nobody',
    ]),
  );
}
