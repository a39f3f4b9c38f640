import { SecurityConfigError } from '../core/config-error.js';
import type { Resolve } from '../core/resource-loader.js';
import { Resource } from './compiled-resource.js';
import type { ResourceDefinition } from './resource.js';

/**
 * The declared resources, by class.
 *
 * @throws {SecurityConfigError} `resource.invalid` where a class is declared twice
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
  constructor(definitions: ReadonlyArray<ResourceDefinition<any>>) {
    for (const definition of definitions) {
      const { entity } = definition as ResourceDefinition<object>;
      if (this.byEntity.has(entity)) {
        throw new SecurityConfigError(
          'resource.invalid',
          entity.name,
          'is declared by two defineResource',
          'keep one: two rules for one class would contradict each other',
        );
      }
      this.byEntity.set(entity, new Resource(definition as ResourceDefinition<object>));
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
}
