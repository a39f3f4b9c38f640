import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../core/config-error.js';
import type { Resolve } from '../core/resource-loader.js';
import { Resource } from './compiled-resource.js';
import type { ResourceDefinition } from './resource.js';
import { checkSubclass, isSubclass } from './subclass.js';

/**
 * The declared resources, by class.
 *
 * @throws {SecurityConfigError} `resource.invalid` where a class is declared twice, or has other rules than one that it extends
 * @example
 * ```ts
 * const registry = new ResourceRegistry([OrderResource]);
 * registry.connect((token) => moduleRef.get(token, { strict: false }));
 * registry.of(Order)?.can('read', order, principal, audience);
 * ```
 */
export class ResourceRegistry {
  private readonly byEntity = new Map<unknown, Resource>();

  // `any`: a definition is invariant in its class, and a list holds several.
  constructor(declared: ReadonlyArray<ResourceDefinition<any>>) {
    const definitions = declared as ReadonlyArray<ResourceDefinition<object>>;
    for (const definition of definitions) {
      const { entity } = definition;
      if (this.byEntity.has(entity)) {
        throw new SecurityConfigError(
          'resource.invalid',
          entity.name,
          'is declared by two defineResource',
          'keep one: two rules for one class would contradict each other',
        );
      }
      const bases = definitions.filter((other) => isSubclass(entity, other.entity));
      for (const base of bases) checkSubclass(definition, base);
      this.byEntity.set(entity, new Resource(definition, new Set(bases.map((base) => base.entity))));
    }
  }

  /** Every resource, in the order of the declaration. */
  get all(): Iterable<Resource> {
    return this.byEntity.values();
  }

  /**
   * Makes the loaders. Call once, at boot.
   *
   * @param resolve finds a provider anywhere in the application
   * @throws {SecurityConfigError} `resource.invalid`
   */
  connect(resolve: Resolve): void {
    for (const resource of this.byEntity.values()) resource.connect(resolve);
  }

  /** The resource of exactly this class. */
  of(entity: unknown): Resource | undefined {
    return this.byEntity.get(entity);
  }

  /** The resource of a class, or else of the nearest class that it extends: its objects have the rules of that one. */
  nearest(entity: Type<object>): Resource | undefined {
    for (let at = entity.prototype as object | null; at; at = Object.getPrototypeOf(at) as object | null) {
      const resource = this.byEntity.get(at.constructor);
      if (resource) return resource;
    }
    return undefined;
  }

  /** The resources whose classes extend that of this one: its rules are theirs. */
  extending({ entity }: Resource): readonly Resource[] {
    return [...this.all].filter(({ bases }) => bases.has(entity));
  }

  /** Every class that objects of a resource are known to be of, beside its own: those of resources, and those of its data source. */
  subclassesOf(resource: Resource): ReadonlyArray<Type<object>> {
    return [...new Set([...this.extending(resource).map(({ entity }) => entity), ...resource.subclasses()])];
  }
}
