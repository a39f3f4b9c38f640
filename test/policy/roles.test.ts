import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../lib/core/audience.js';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import type { Principal } from '../../lib/core/principal.js';
import { RoleHierarchy } from '../../lib/policy/roles.js';

const caller = (...roles: string[]) => ({ id: 'x', roles }) as unknown as Principal;
const shop = () =>
  new RoleHierarchy({ admin: ['support', 'auditor'], support: ['user'], auditor: ['user'], user: [] });
const rolesOf = (hierarchy: RoleHierarchy, ...roles: string[]) =>
  [...hierarchy.audienceOf(caller(...roles)).roles].sort();

describe('inheritance', () => {
  it('goes through the whole graph, and only downwards', () => {
    expect(rolesOf(shop(), 'admin')).toEqual(['admin', 'auditor', 'support', 'user']);
    expect(rolesOf(shop(), 'support')).toEqual(['support', 'user']);
    expect(rolesOf(shop(), 'user')).toEqual(['user']);
    expect(rolesOf(shop(), 'support', 'auditor')).toEqual(['auditor', 'support', 'user']);
  });

  it('gives nothing for unknown roles, among them the names of Object', () => {
    expect(shop().audienceOf(caller('root', '__proto__', 'constructor', 'toString'))).toBe(NOBODY);
    expect(rolesOf(shop(), 'root', 'user')).toEqual(['user']);
    expect(shop().has('toString')).toBe(false);
    expect(shop().has('support')).toBe(true);
    expect(shop().names).toEqual(['admin', 'support', 'auditor', 'user']);
  });

  it('gives nobody nothing', () => {
    expect(shop().audienceOf(null)).toBe(NOBODY);
    expect(shop().audienceOf(caller())).toBe(NOBODY);
  });

  it.each([61, 70, 500])('works for %i roles: a chain, and single ones', (count) => {
    const name = (n: number) => `role-${n}`;
    const chain = Object.fromEntries(
      Array.from({ length: count }, (_, n) => [name(n), n + 1 < count ? [name(n + 1)] : []]),
    );
    const hierarchy = new RoleHierarchy(chain);
    expect(hierarchy.audienceOf(caller(name(0))).roles.size).toBe(count);
    expect(rolesOf(hierarchy, name(count - 1))).toEqual([name(count - 1)]);

    const flat = new RoleHierarchy(
      Object.fromEntries(Array.from({ length: count }, (_, n) => [name(n), []])),
    );
    for (let n = 0; n < count; n++) expect(rolesOf(flat, name(n))).toEqual([name(n)]);
  });
});

describe('audiences', () => {
  it('are one object for one set of roles, in whatever order and however inherited', () => {
    const hierarchy = shop();
    const audience = hierarchy.audienceOf(caller('support', 'user'));
    expect(hierarchy.audienceOf(caller('user', 'support'))).toBe(audience);
    expect(hierarchy.audienceOf(caller('support', 'support', 'unknown'))).toBe(audience);
    expect(hierarchy.audienceOf(caller('user'))).not.toBe(audience);
    expect(Object.isFrozen(audience)).toBe(true);
  });

  it('are bounded, and right after they were forgotten', () => {
    const names = Array.from({ length: 12 }, (_, n) => `r${n}`);
    const hierarchy = new RoleHierarchy(Object.fromEntries(names.map((name) => [name, []])));
    for (let bits = 0; bits < 4096; bits++) {
      const held = names.filter((_, n) => (bits >> n) & 1);
      expect([...hierarchy.audienceOf(caller(...held)).roles]).toEqual(held);
    }
    expect((hierarchy as unknown as { interned: Map<bigint, unknown> }).interned.size).toBeLessThanOrEqual(
      1024,
    );
    expect(rolesOf(hierarchy, 'r0', 'r3')).toEqual(['r0', 'r3']);
  });
});

describe('refused at boot', () => {
  it.each([
    ['a cycle', { a: ['b'], b: ['c'], c: ['a'] }, 'a → b → c → a'],
    ['a cycle beside the entry', { x: ['a'], a: ['b'], b: ['a'] }, 'a → b → a'],
    ['a role that inherits itself', { a: ['a'] }, 'inherits itself'],
    ['an unknown name', { admin: ['suport'], support: [] }, "did you mean 'support'?"],
    ['a name of Object', { admin: ['constructor'] }, 'which is not a role'],
    ['a string instead of a list', { admin: 'user', user: [] }, "admin: ['user']"],
    ['a role without a name', { '': [] }, 'without a name'],
    ['a list', ['admin'], 'is an array'],
    ['nothing', undefined, 'is undefined'],
    ['a number among the inherited', { admin: [7] }, 'inherits a number'],
  ])('%s', (_name, roles, message) => {
    expect(() => new RoleHierarchy(roles as never)).toThrow(SecurityConfigError);
    expect(() => new RoleHierarchy(roles as never)).toThrow(message);
  });
});
