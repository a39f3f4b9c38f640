import type { Principal } from '../core/principal.js';
import { RequestFacts } from '../core/request-facts.js';
import type { RoutePlan } from '../core/route-plan.js';
import { objectCheck } from '../pipeline/authorization/object-check.js';
import { exposedPropertiesOf } from '../pipeline/output/exposure/exposed-properties.js';
import type { RoutePlans } from '../pipeline/route-plans.js';
import { ruleLines } from '../policy/explanation.js';
import type { RoleHierarchy } from '../policy/roles.js';
import type { ResourceRegistry } from '../policy/resource-registry.js';
import { answerTo, decideAbout, idsByResource, type ObjectQuestion } from './explained-decision.js';
import type { Posture } from './posture.js';
import type {
  Answer,
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
      .flatMap(({ route }) => route.addresses.map(({ method, path }) => `${method} ${path}`));
  }

  /**
   * Explains the route with this address or this handler; `undefined` where there is none.
   *
   * @throws {UnknownResource} where the object has ids by names that are not all those of the route
   */
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
        ...(principal && (await this.#answer(plan, principal, asked))),
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

  async #answer(
    { sections: { authorization } }: RoutePlan,
    principal: Principal,
    { object, values = false }: ExplainedRequest,
  ): Promise<Pick<RouteExplanation, 'caller' | 'decisions' | 'answer'>> {
    const { roles, scopes, admit } = authorization;
    const facts = new RequestFacts('explain', '', '', Date.now());
    facts.principal = principal;
    const admitted = answerTo(admit({ facts }));
    const audience = facts.audience!;
    const caller: ExplainedCaller = {
      id: principal.id,
      roles: [...audience.roles],
      answer: admitted,
      missing: [
        ...roles
          .filter((anyOf) => !anyOf.some((role) => audience.roles.has(role)))
          .map((anyOf) => `role ${anyOf.join(' or ')}`),
        ...scopes.filter((scope) => !principal.scopes.includes(scope)).map((scope) => `scope ${scope}`),
      ],
    };
    const questions = this.#questions(authorization);
    const idOf = idsByResource(object, questions);
    const decisions: ExplainedDecision[] = [];
    let answer: Answer | undefined = admitted;
    for (const question of questions) {
      const id = idOf(question.resource.name);
      const about = await decideAbout(question, id, { principal, audience, values });
      decisions.push(...about.decisions);
      // The guard answers with the first denial, and without an object it is not known which one that is.
      if (answer === 'admitted' && !question.ofRows) answer = about.answer;
    }
    return {
      caller,
      ...(object !== undefined && { decisions }),
      ...(answer !== undefined && { answer }),
    };
  }

  #questions({ loads, lists }: RoutePlan['sections']['authorization']): readonly ObjectQuestion[] {
    return [
      ...loads.map(({ resource, sources }) => ({
        resource,
        checks: sources.flatMap(({ checks }) => checks),
        ofRows: false,
      })),
      ...lists.map((entity) => {
        const resource = this.parts.resources.of(entity)!;
        return { resource, checks: [objectCheck(resource, 'read', false)], ofRows: true };
      }),
    ];
  }
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
