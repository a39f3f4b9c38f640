import type { Type } from '@nestjs/common';
import { accessOf } from '../../core/access.js';
import { systemClock, type Clock } from '../../core/clock.js';
import type { Compiled, Control, Stage } from '../../core/control.js';
import type { ExposedOf } from '../../core/exposed-property.js';
import { onlyNew, type Finding } from '../../core/finding.js';
import type { Resolve } from '../../core/resource-loader.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import type { RoleHierarchy } from '../../policy/roles.js';
import { admissionOf, admissionStage, declaredOf, UNDECLARED } from './admission.js';
import { bindArguments } from './argument-binding.js';
import { sectionWords } from './authorization-words.js';
import type { AuthorizationSection } from './authorization.section.js';
import { compileBodies } from './body-compiler.js';
import { grantStage } from './grant.js';
import { compileGuards } from './guarded-rows.js';
import { compileLists } from './list-compiler.js';
import { compileLoads } from './load-compiler.js';
import { Obligations, type ObligationHandler } from './policies/obligations.js';
import { compilePolicies } from './policies/policy-compiler.js';
import { unboundParameters } from './path-parameters.js';
import { publicBodies } from './public-bodies.js';
import { compileReferences } from './reference-compiler.js';
import { unknownRoles } from './role-findings.js';
import { UNBOUND, type UnboundParameter } from './unbound.decorator.js';
import { WriteRules } from './write-rule.js';

/** Where policies and the handlers of obligations come from, and their clock. */
export interface PolicyParts {
  readonly resolve: Resolve;
  /** `authorization.obligations`. */
  readonly obligations: Readonly<Record<string, Type<ObligationHandler>>>;
  readonly clock?: Clock;
}

const NO_PROVIDERS: PolicyParts = {
  resolve: () => {
    throw new Error('There are no providers.');
  },
  obligations: {},
};

/**
 * May they: roles, then scopes, then the resource is loaded and checked, then policies are asked, then the properties of the raw body.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @see https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
 * @example
 * ```ts
 * new AuthorizationControl(new ResourceRegistry([OrderResource]), new RoleHierarchy({ admin: ['user'], user: [] }));
 * ```
 */
export class AuthorizationControl implements Control<'authorization'> {
  readonly name = 'authorization';
  readonly #rules: WriteRules;
  /** What is wrong with a class or a resource that several routes use is reported once. */
  readonly #isNew = onlyNew();
  // Made with the first plan: before that there are no providers.
  #obligations: Obligations | undefined;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly roles: RoleHierarchy,
    /** Whether denials say which rules refused, for development. */
    private readonly explained = false,
    /** What each caller is shown of an entity, for `ifUnchanged`. */
    exposedOf: ExposedOf = () => new Map(),
    private readonly policyParts = NO_PROVIDERS,
  ) {
    this.#rules = new WriteRules(exposedOf);
  }

  /**
   * The registry has to be connected.
   *
   * @throws {SecurityConfigError} `resource.invalid` where a `read` rule cannot be asked of the data source; `option.invalid` where nobody
   * provides the handler of an obligation
   */
  compile(route: RouteDeclaration): Compiled<AuthorizationSection> {
    const access = accessOf(route);
    const { roles, scopes } = admissionOf(route);
    const loads = compileLoads(route, this.registry, this.explained);
    const { resolve, obligations: handlers, clock = systemClock } = this.policyParts;
    const obligations = (this.#obligations ??= Obligations.from(handlers, resolve));
    const { policies, names, ...asked } = compilePolicies(route, loads.loads, resolve);
    const lists = compileLists(route, this.registry);
    const writes = compileBodies(route, loads, this.#rules, this.registry, this.roles);
    const references = compileReferences(writes.bodies, loads.loads, this.registry);
    const bound = bindArguments(route, loads, lists.entities);
    const guarded = compileGuards(route.id, bound.guarded, references.loads, this.registry);
    const unbound = declaredOf<UnboundParameter>(route, UNBOUND);
    const findings: Finding[] = [
      ...loads.findings,
      ...asked.findings,
      ...lists.findings,
      ...writes.findings,
      ...references.findings,
      ...bound.findings,
      ...guarded.findings,
      ...unknownRoles(route, this.roles, { roles, loads: references.loads, bodies: writes.bodies }),
      ...(access.publicReason === undefined
        ? unboundParameters(route, loads.bound, unbound)
        : publicBodies(route.id, writes.bodies)),
    ];

    const admit = admissionStage({ roles, scopes }, access, this.roles);
    const closed = !access.declared || loads.broken || asked.broken || lists.broken || references.broken;
    const grant: Stage | undefined = closed
      ? () => UNDECLARED
      : grantStage(
          {
            loads: references.loads,
            lists: lists.lists,
            writes,
            references,
            guards: guarded.guards,
            policies: policies.length === 0 ? undefined : { policies, obligations, clock },
          },
          this.roles,
        );
    const section: AuthorizationSection = {
      roles,
      scopes,
      checks: loads.checks,
      loads: loads.loads,
      policies: names,
      lists: lists.entities,
      bodies: writes.bodies,
      unbound,
      parameters: bound.parameters,
      admit,
      grant,
    };
    return { section, findings: findings.filter(this.#isNew), stage: stageOf(section) };
  }

  /** The section in words: `{ who: 'support, may refund Order', writes: 'PatchOrder (note: owner)' }`. */
  describe(section: AuthorizationSection): Readonly<Record<string, string>> {
    return sectionWords(section);
  }
}

function stageOf({ admit, grant }: AuthorizationSection): Stage {
  return (call) => {
    const { facts } = call;
    if (facts.authorized) return undefined;
    const decision = admit(call) ?? grant?.(call);
    if (decision instanceof Promise) {
      return decision.then((denial) => {
        facts.authorized = denial === undefined;
        return denial;
      });
    }
    facts.authorized = decision === undefined;
    return decision;
  };
}
