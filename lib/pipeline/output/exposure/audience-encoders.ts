import type { Audience } from '../../../core/audience.js';
import { classEncoder } from './class-encoder.js';
import type { Owns } from './class-encoder.js';
import type { PropertyExposure } from './class-exposure.js';
import { isRecursive } from './class-graph.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { restrictedShapesOf, shapesOf } from './class-shapes.js';
import { contained } from './containers.js';
import type { Encode } from './encoder.js';
import { jsonCopy } from './json-copy.js';
import { oneOf } from './one-of.js';
import { scalar } from './scalar.js';
import type { Element } from './slot.js';

/** The encoders of all classes for one audience, each compiled once. */
export class AudienceEncoders {
  private readonly classes = new Map<AnyClass, Encode>();

  constructor(
    private readonly audience: Audience,
    private readonly ownsOf: (type: AnyClass) => Owns | undefined,
  ) {}

  /** The encoder of one class. */
  ofClass(type: AnyClass): Encode {
    let encode = this.classes.get(type);
    if (!encode) {
      encode = classEncoder({
        type,
        owns: this.ownsOf(type),
        recursive: isRecursive(type),
        shapes: () => shapesOf(type, this.audience, this.ofProperty),
        restricted: (actual) => ({
          shapes: restrictedShapesOf(type, actual, this.audience, this.ofProperty),
          owns: ownedByBoth(this.ownsOf(type), this.ownsOf(actual)),
        }),
      });
      this.classes.set(type, encode);
    }
    return encode;
  }

  private readonly ofProperty = ({ slot, where }: PropertyExposure): Encode =>
    contained(slot.container, this.ofElement(slot.element, where), where);

  private ofElement(element: Element, where: string): Encode {
    if (element.kind === 'json') return (value) => jsonCopy(value, where);
    if (element.kind === 'scalar') return scalarEncoder(element.convert, where);
    if (element.kind === 'oneOf') return oneOf(element, where, (type) => this.ofClass(type));
    const encode = this.ofClass(element.type);
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
