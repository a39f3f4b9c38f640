import type { Audience } from '../../../core/audience.js';
import { SecurityConfigError } from '../../../core/config-error.js';
import { nearest } from '../../../core/options.js';
import { PageOf } from '../../../core/page.js';
import type { Principal } from '../../../core/principal.js';
import type { RequestFacts } from '../../../core/request-facts.js';
import { AudienceEncoders } from './audience-encoders.js';
import { exposureOf } from './class-exposure.js';
import { outermostIn, visitClasses } from './class-graph.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { listOf } from './containers.js';
import type { Encode } from './encoder.js';
import { declaresExposure, lineageOf } from './lineage.js';
import { pageOf } from './page-encoder.js';
import type { ReadableResource } from './readable-resource.js';
import { kindOf, refuse } from './refusal.js';
import { nameOfType } from './returns.decorator.js';
import type { ReturnedType } from './returns.decorator.js';
import { bare } from './scalar.js';
import type { BareKind } from './scalar.js';

/** Turns what a handler returned into what may leave for this caller: plain values, ready for JSON. Never changes what it gets.
 * `REDACTED` for an object that the second line leaves out whole. */
export type Serializer = (
  value: unknown,
  principal: Principal | null,
  audience: Audience,
  facts?: RequestFacts,
) => unknown;

/** What the serializer has to know of the application. */
export interface ExposureContext {
  /** The resource of exactly this class: who owns its objects, and who may read them; `undefined` where it is none. */
  readonly resource: (entity: AnyClass) => ReadableResource | undefined;
  /** Every role of the hierarchy, to catch a misspelt one at boot; left out, no role is checked. */
  readonly roles?: readonly string[];
  /** Whether objects that may not leave are left out; else the answer is refused. */
  readonly redact?: boolean;
}

const BARE: ReadonlyMap<unknown, BareKind> = new Map<unknown, BareKind>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
]);

/** Whether a returned type exposes anything at all. */
export function exposesAnything(type: ReturnedType): boolean {
  const cls = classIn(type);
  return cls === null || BARE.has(cls) || declaresExposure(cls);
}

/**
 * Compiles the serializers of an application: closures, once a class and audience, no eval.
 *
 * @example
 * ```ts
 * const compiler = new SerializerCompiler({ resource: (entity) => resources.of(entity) });
 * const serialize = compiler.compileSerializer([Order]);
 * serialize(orders, alice, audience); // [{ id, total }] of her own, [{ id }] of others
 * ```
 */
export class SerializerCompiler {
  private readonly encoders = new WeakMap<Audience, AudienceEncoders>();

  constructor(private readonly context: ExposureContext) {}

  /**
   * Compiles the serializer of one returned type, and checks everything that it can reach.
   *
   * @param unchecked `true`: objects of resources leave without the second line
   * @throws {SecurityConfigError} `exposure.invalid` for contradictions, unknown roles, and OWNER where nobody knows the owner.
   */
  compileSerializer(type: ReturnedType, unchecked = false): Serializer {
    const cls = classIn(type);
    if (cls !== null && !BARE.has(cls))
      visitClasses(cls, (at) => this.resourceOf(at) !== undefined, this.check);
    const byAudience = new WeakMap<Audience, Encode>();
    return (value, principal, audience, facts) => {
      let encode = byAudience.get(audience);
      if (!encode) byAudience.set(audience, (encode = this.rootOf(type, audience, !unchecked)));
      return encode(value, { principal, ancestors: [], facts, redacted: false }, false);
    };
  }

  /** The resources whose objects stand outermost in a returned type, by name: those that the second line checks. */
  checkedIn(type: ReturnedType): readonly string[] {
    const cls = classIn(type);
    if (cls === null || BARE.has(cls)) return [];
    return outermostIn(cls, (at) => this.resourceOf(at)?.name);
  }

  private rootOf(type: ReturnedType, audience: Audience, outermost: boolean): Encode {
    const where = nameOfType(type);
    const cls = classIn(type);
    if (cls === null) {
      return (value) =>
        value === undefined || value === null
          ? value
          : refuse('@Returns(null)', `is ${kindOf(value)}, where an empty body is declared`);
    }
    const kind = BARE.get(cls);
    const element = kind ? bare(kind, where) : this.encodersOf(audience).ofClass(cls, outermost);
    if (type instanceof PageOf) return pageOf(element, where);
    return Array.isArray(type) ? listOf(element, where, 0) : element;
  }

  private encodersOf(audience: Audience): AudienceEncoders {
    let encoders = this.encoders.get(audience);
    if (!encoders) {
      const { redact = false } = this.context;
      encoders = new AudienceEncoders(audience, { resourceOf: (type) => this.resourceOf(type), redact });
      this.encoders.set(audience, encoders);
    }
    return encoders;
  }

  /** A subclass of a resource is owned and read as the resource is. */
  private resourceOf(type: AnyClass): ReadableResource | undefined {
    for (const cls of lineageOf(type)) {
      const resource = this.context.resource(cls);
      if (resource) return resource;
    }
    return undefined;
  }

  private readonly check = (type: AnyClass, owned: boolean): void => {
    const { roles } = this.context;
    for (const { where, rule, declared } of exposureOf(type).properties.values()) {
      if (rule.owner && !owned) {
        throw new SecurityConfigError(
          'exposure.invalid',
          where,
          `is exposed for OWNER, but nobody knows who owns a ${type.name}`,
          `write defineResource(${type.name}, { owner: 'userId', … }) and name it in authorization.resources; or, where it is a part of the ` +
            `object around it and has no owner of its own, { part: true } in the @ExposeFor that holds it`,
        );
      }
      const unknown = declared && roles ? [...rule.roles].find((role) => !roles.includes(role)) : undefined;
      if (unknown !== undefined) {
        const near = nearest(unknown, roles!);
        throw new SecurityConfigError(
          'exposure.invalid',
          where,
          `is exposed for '${unknown}', which is no role of authorization.roles`,
          near ? `did you mean '${near}'?` : `known roles: ${roles!.join(', ')}`,
        );
      }
    }
  };
}

/** The class of what is returned, of an item of a list or a page; `null` for an empty body. */
export function classIn(type: ReturnedType): AnyClass | null {
  if (type === null || typeof type === 'function') return type;
  return type instanceof PageOf ? type.item : type[0];
}
