import type { Audience } from '../../../core/audience.js';
import { classEncoder } from './class-encoder.js';
import type { ActualRules } from './class-encoder.js';
import type { PropertyExposure } from './class-exposure.js';
import { isRecursive } from './class-graph.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { restrictedShapesOf, shapesOf } from './class-shapes.js';
import { contained } from './containers.js';
import type { Encode } from './encoder.js';
import { jsonCopy } from './json-copy.js';
import { declaresExposure } from './lineage.js';
import { oneOf } from './one-of.js';
import { bothChecks, readCheck, REDACTED, type ReadCheck } from './read-check.js';
import type { Owns, ReadableResource } from './readable-resource.js';
import { scalar } from './scalar.js';
import type { Element } from './slot.js';

/** What the encoders have to know of the resources. */
export interface EncoderContext {
  /** The resource of a class; `undefined` for one that is none. */
  readonly resourceOf: (type: AnyClass) => ReadableResource | undefined;
  /** Whether objects that may not leave are left out; else the answer is refused. */
  readonly redact: boolean;
}

/** The encoders of all classes for one audience, each compiled once. */
export class AudienceEncoders {
  // An object that a resource holds is exposed by that resource; one that stands outermost answers for itself.
  private readonly held = new Map<AnyClass, Encode>();
  private readonly outermost = new Map<AnyClass, Encode>();
  private readonly checks = new Map<ReadableResource, ReadCheck>();

  constructor(
    private readonly audience: Audience,
    private readonly context: EncoderContext,
  ) {}

  /** The encoder of one class. `outermost`: no resource holds its objects. */
  ofClass(type: AnyClass, outermost: boolean): Encode {
    const known = outermost ? this.outermost : this.held;
    let encode = known.get(type);
    if (!encode) {
      const resource = this.context.resourceOf(type);
      const read = outermost ? this.checkOf(resource) : undefined;
      encode = classEncoder({
        type,
        owns: resource?.owns,
        read,
        recursive: isRecursive(type),
        shapes: () => shapesOf(type, this.audience, this.propertiesOf(outermost && !read)),
        restricted: (actual) => this.restricted(type, actual, read, outermost),
      });
      known.set(type, encode);
    }
    return encode;
  }

  /** The rules for an instance of `actual` where `type` is declared. */
  private restricted(
    type: AnyClass,
    actual: AnyClass,
    declaredRead: ReadCheck | undefined,
    outermost: boolean,
  ): ActualRules | undefined {
    const { resourceOf } = this.context;
    const resource = resourceOf(actual);
    const read = outermost ? bothChecks(declaredRead, this.checkOf(resource)) : undefined;
    const declares = declaresExposure(actual);
    if (!declares && read === declaredRead) return undefined;
    const encoderOf = this.propertiesOf(outermost && !read);
    const declaredOwns = resourceOf(type)?.owns;
    if (!declares) return { shapes: shapesOf(type, this.audience, encoderOf), owns: declaredOwns, read };
    return {
      shapes: restrictedShapesOf(type, actual, this.audience, encoderOf),
      owns: ownedByBoth(declaredOwns, resource?.owns),
      read,
    };
  }

  private checkOf(resource: ReadableResource | undefined): ReadCheck | undefined {
    if (resource === undefined) return undefined;
    let check = this.checks.get(resource);
    if (!check) this.checks.set(resource, (check = readCheck(resource, this.audience, this.context.redact)));
    return check;
  }

  private propertiesOf(outermost: boolean): (property: PropertyExposure) => Encode {
    return ({ slot, where }) => {
      const encode = contained(slot.container, this.ofElement(slot.element, where, outermost), where);
      if (!outermost || slot.element.kind === 'scalar' || slot.element.kind === 'json') return encode;
      return (value, walk, owned) => {
        const written = encode(value, walk, owned);
        return written === REDACTED ? undefined : written;
      };
    };
  }

  private ofElement(element: Element, where: string, outermost: boolean): Encode {
    if (element.kind === 'json') return (value) => jsonCopy(value, where);
    if (element.kind === 'scalar') return scalarEncoder(element.convert, where);
    if (element.kind === 'oneOf') return oneOf(element, where, (type) => this.ofClass(type, outermost));
    const encode = this.ofClass(element.type, outermost);
    if (!element.orScalar) return encode;
    return (value, walk, owned) =>
      typeof value === 'object' && !(value instanceof Date)
        ? encode(value, walk, owned)
        : scalar(value, where);
  }
}

function scalarEncoder(convert: ((value: unknown) => unknown) | undefined, where: string): Encode {
  if (!convert) return (value) => scalar(value, where);
  return (value) => {
    const plain = value instanceof Date ? value : scalar(value, where);
    return plain === undefined || plain === null ? plain : scalar(convert(plain), where);
  };
}

/** An object of another class belongs to whom both classes call its owner: a subclass may be stricter and never looser. */
function ownedByBoth(declared: Owns | undefined, actual: Owns | undefined): Owns | undefined {
  if (declared === actual || actual === undefined) return declared;
  return (object, principal) => (declared?.(object, principal) ?? true) && actual(object, principal);
}
