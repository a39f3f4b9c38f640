import { Get, type Type } from '@nestjs/common';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Denial } from '../../lib/core/decision.js';
import { Roles } from '../../lib/pipeline/authorization/roles.decorator.js';
import { Scopes } from '../../lib/pipeline/authorization/scopes.decorator.js';
import { callOf, controlOf, principal, routeOf } from './shop.js';

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;

// A role may include those that follow it: a random graph without cycles.
const hierarchies = fc
  .tuple(...NAMES.map((_, index) => fc.subarray(NAMES.slice(index + 1))))
  .map(
    (lists) =>
      Object.fromEntries(NAMES.map((name, index) => [name, lists[index]!])) as Record<string, string[]>,
  );
const names = fc.constantFrom<string>(...NAMES, 'unknown', '__proto__', 'toString');
const nonEmpty = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 3 });

function reach(roles: Record<string, string[]>, held: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (role: string): void => {
    if (!Object.hasOwn(roles, role) || found.has(role)) return;
    found.add(role);
    roles[role]!.forEach(visit);
  };
  held.forEach(visit);
  return found;
}

function controllerWith(
  ...decorators: ReadonlyArray<{ on: 'class' | 'method'; with: MethodDecorator & ClassDecorator }>
): Type {
  class Made {
    act() {}
  }
  const descriptor = Object.getOwnPropertyDescriptor(Made.prototype, 'act')!;
  Get()(Made.prototype, 'act', descriptor);
  for (const { on, with: decorate } of decorators) {
    if (on === 'class') (decorate as ClassDecorator)(Made);
    else decorate(Made.prototype, 'act', descriptor);
  }
  return Made;
}

it('admits exactly the callers that every @Roles and every @Scopes admits, on the class and the method', () => {
  const place = fc.constantFrom<'class' | 'method'>('class', 'method');
  const rules = fc.record({
    roles: fc.array(fc.tuple(place, nonEmpty(names)), { minLength: 1, maxLength: 4 }),
    scopes: fc.array(fc.tuple(place, nonEmpty(fc.constantFrom('x', 'y', 'z'))), { maxLength: 2 }),
  });
  const caller = fc.record({
    roles: fc.array(names, { maxLength: 3 }),
    scopes: fc.subarray(['x', 'y', 'z']),
  });
  fc.assert(
    fc.property(
      hierarchies,
      rules,
      caller,
      (hierarchy, { roles, scopes }, { roles: held, scopes: granted }) => {
        const made = controllerWith(
          ...roles.map(([on, list]) => ({ on, with: Roles(...(list as [never, ...never[]])) })),
          ...scopes.map(([on, list]) => ({ on, with: Scopes(...(list as [string, ...string[]])) })),
        );
        const call = callOf(principal('someone', held, granted));
        const denial = routeOf(controlOf([], hierarchy), made, 'act').decide(call) as Denial | undefined;
        const stands = reach(hierarchy, held);
        const byRoles = roles.every(([, list]) => list.some((role) => stands.has(role)));
        const byScopes = scopes.every(([, list]) => list.every((scope) => granted.includes(scope)));
        expect(denial?.reason).toBe(!byRoles ? 'access.role' : byScopes ? undefined : 'access.scope');
        expect(call.facts.audience!.roles).toEqual(stands);
        expect(call.facts.authorized).toBe(byRoles && byScopes);
      },
    ),
    { numRuns: 1000 },
  );
});
