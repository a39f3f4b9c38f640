import { NOBODY, type Audience } from '../core/audience.js';
import { SecurityConfigError } from '../core/config-error.js';
import { nameOf, nearest } from '../core/options.js';
import type { Principal } from '../core/principal.js';

const MAX_AUDIENCES = 1024;

/**
 * The roles and what each inherits: `{ admin: ['support'], support: ['user'], user: [] }`. A directed graph without cycles.
 * A role that is not in it gives nothing.
 *
 * @throws {SecurityConfigError} `option.invalid` for a cycle, an unknown name or a role that inherits itself
 * @see https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/
 * @example
 * ```ts
 * const roles = new RoleHierarchy({ admin: ['support'], support: ['user'], user: [] });
 * roles.audienceOf(principal).roles.has('user');
 * ```
 */
export class RoleHierarchy {
  /** Every role, in the order of the declaration. */
  readonly names: readonly string[];
  // One bit a role, in bigints: no limit of 32 or 53 roles, and equal sets are equal keys.
  private readonly reach: ReadonlyMap<string, bigint>;
  private readonly interned = new Map<bigint, Audience>();
  private readonly known = new WeakMap<Principal, Audience>();

  constructor(roles: Readonly<Record<string, readonly string[]>>) {
    checkRoles(roles);
    this.names = Object.keys(roles);
    this.reach = reachOf(roles, this.names);
  }

  /** Whether the role is declared. */
  has(role: string): boolean {
    return this.reach.has(role);
  }

  /** Whether a caller with the role stands for the other as well. */
  includes(role: string, other: string): boolean {
    const wanted = this.reach.get(other);
    return wanted !== undefined && ((this.reach.get(role) ?? 0n) & wanted) === wanted;
  }

  /** Every role that a caller stands for. The same object for every caller with the same roles. */
  audienceOf(principal: Principal | null): Audience {
    if (principal === null) return NOBODY;
    let audience = this.known.get(principal);
    if (audience === undefined) {
      audience = this.intern(principal.roles.reduce((bits, role) => bits | (this.reach.get(role) ?? 0n), 0n));
      this.known.set(principal, audience);
    }
    return audience;
  }

  private intern(bits: bigint): Audience {
    if (bits === 0n) return NOBODY;
    const present = this.interned.get(bits);
    if (present) return present;
    const audience: Audience = Object.freeze({
      roles: new Set(this.names.filter((_, index) => (bits >> BigInt(index)) & 1n)),
    });
    // Forgetting one costs its next caller a compilation, nothing else.
    if (this.interned.size >= MAX_AUDIENCES) this.interned.delete(this.interned.keys().next().value!);
    this.interned.set(bits, audience);
    return audience;
  }
}

function checkRoles(roles: Readonly<Record<string, readonly string[]>>): void {
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) {
    throw wrong('authorization.roles', `is ${nameOf(roles)}`, "write { admin: ['user'], user: [] }");
  }
  const names = Object.keys(roles);
  for (const [role, parents] of Object.entries(roles)) {
    const path = `authorization.roles.${role}`;
    if (role === '') throw wrong('authorization.roles', 'has a role without a name', 'write { user: [] }');
    if (!Array.isArray(parents)) {
      throw wrong(path, `is ${nameOf(parents)}`, `list what it inherits: ${role}: [], or ${role}: ['user']`);
    }
    for (const parent of parents as readonly unknown[]) {
      if (parent === role) throw wrong(path, 'inherits itself', `write ${role}: []`);
      if (typeof parent === 'string' && names.includes(parent)) continue;
      const near = typeof parent === 'string' ? nearest(parent, names) : undefined;
      throw wrong(
        path,
        `inherits ${typeof parent === 'string' ? `'${parent}'` : nameOf(parent)}, which is not a role`,
        near ? `did you mean '${near}'?` : `declare it beside the others: ${names.join(', ')}`,
      );
    }
  }
}

function reachOf(
  roles: Readonly<Record<string, readonly string[]>>,
  names: readonly string[],
): ReadonlyMap<string, bigint> {
  const done = new Map<string, bigint>();
  const visit = (role: string, trail: readonly string[]): bigint => {
    const known = done.get(role);
    if (known !== undefined) return known;
    if (trail.includes(role)) {
      const cycle = [...trail.slice(trail.indexOf(role)), role].join(' → ');
      throw wrong(
        `authorization.roles.${role}`,
        `is in a cycle: ${cycle}`,
        'remove one of these inheritances',
      );
    }
    const below = roles[role]!.map((parent) => visit(parent, [...trail, role]));
    const bits = below.reduce((all, more) => all | more, 1n << BigInt(names.indexOf(role)));
    done.set(role, bits);
    return bits;
  };
  for (const role of names) visit(role, []);
  return done;
}

function wrong(path: string, problem: string, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.invalid', path, problem, fix);
}
