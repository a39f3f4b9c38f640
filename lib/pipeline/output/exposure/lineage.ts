import { exposedProperties } from './class-transformer-metadata.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { declarationsOn } from './expose-for.decorator.js';

/** A class and all that it extends, the class itself first. */
export function lineageOf(type: AnyClass): AnyClass[] {
  const lineage: AnyClass[] = [];
  let cls: unknown = type;
  while (typeof cls === 'function' && cls !== Function.prototype) {
    lineage.push(cls);
    cls = Object.getPrototypeOf(cls);
  }
  return lineage;
}

/** The prototype of a class; an empty object for what has none, such as an arrow function. */
export function prototypeOf(type: AnyClass): object {
  return (type.prototype as object | undefined) ?? {};
}

/** The class whose instances have this prototype, or inherit from it; `undefined` for plain and null-prototype objects. */
export function classOf(prototype: object | null): AnyClass | undefined {
  for (
    let at = prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(at, 'constructor')?.value;
    if (typeof constructor === 'function' && constructor.prototype === at) return constructor;
  }
  return undefined;
}

/** Whether a class, or one that it extends, says of any property that it may leave. */
export function declaresExposure(type: AnyClass): boolean {
  return (
    lineageOf(type).some((cls) => declarationsOn(prototypeOf(cls)).size > 0) ||
    exposedProperties(type).length > 0
  );
}
