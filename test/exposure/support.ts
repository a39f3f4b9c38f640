import type { Audience } from '../../lib/core/audience.js';
import type { Principal, RoleName } from '../../lib/core/principal.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import type { AnyClass } from '../../lib/pipeline/output/exposure/class-transformer-metadata.js';
import type { Owns, ReadableResource } from '../../lib/pipeline/output/exposure/readable-resource.js';
import type { ReturnedType } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';

export const ROLES = ['admin', 'support', 'user'] as const;

const audiences = {
  nobody: new Set<string>(),
  user: new Set(['user']),
  support: new Set(['user', 'support']),
  admin: new Set(['user', 'support', 'admin']),
};

export type AudienceName = keyof typeof audiences;

/** Interned, as the hierarchy interns them. */
export const AUDIENCES = Object.fromEntries(
  Object.entries(audiences).map(([name, roles]) => [name, { roles }]),
) as unknown as Record<AudienceName, Audience>;

export function principal(id: string, ...roles: RoleName[]): Principal {
  return { id, roles, scopes: [], claims: { sub: id }, method: 'jwt', authenticatedAt: 1_790_000_000 };
}

export const alice = principal('alice', 'user');
export const bob = principal('bob', 'user');

/** A resource that every caller may read. */
export function readable(entity: AnyClass, owns: Owns): ReadableResource {
  const { name } = entity;
  return { entity, name, conceal: true, bases: new Set(), owns, can: () => true, missing: () => undefined };
}

/** Resources owned by `userId`, which is how most of these tests decide OWNER. */
export function ownedByUserId(...entities: AnyClass[]) {
  const owns: Owns = (object, who) => (object as { userId?: string }).userId === who.id;
  const resources = new Map(entities.map((entity) => [entity, readable(entity, owns)]));
  return (entity: AnyClass) => resources.get(entity);
}

/** What leaves, as the client gets it. */
export function leaves(
  type: ReturnedType,
  value: unknown,
  options: { as?: Principal | null; in?: AudienceName; resources?: AnyClass[] } = {},
): unknown {
  const compiler = new SerializerCompiler({
    resource: ownedByUserId(...(options.resources ?? [])),
    roles: ROLES,
  });
  // Unchecked: nobody at all may read a resource, and these are about what leaves of it.
  const out = compiler.compileSerializer(type, true)(
    value,
    options.as === undefined ? alice : options.as,
    AUDIENCES[options.in ?? 'user'],
  );
  return out === undefined ? undefined : JSON.parse(JSON.stringify(out));
}

/** The note of the refusal that serializing ends in, or `undefined` where it does not. */
export function refusal(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (!(error instanceof SecurityDenial)) throw error;
    if (error.denial.reason !== 'output.undeclared' || error.getStatus() !== 500) throw error;
    return error.denial.note;
  }
  return undefined;
}
