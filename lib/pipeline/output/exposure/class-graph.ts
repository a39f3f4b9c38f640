import type { AnyClass } from './class-transformer-metadata.js';
import { exposureOf } from './class-exposure.js';
import type { PropertyExposure } from './class-exposure.js';

/** The classes whose objects a property may hold. */
export function classesIn({ slot }: PropertyExposure): readonly AnyClass[] {
  const { element } = slot;
  if (element.kind === 'class') return [element.type];
  return element.kind === 'oneOf' ? element.alternatives.map(({ type }) => type) : [];
}

/** Whether an object of the class can hold one of its kind, by whatever way. */
export function isRecursive(type: AnyClass): boolean {
  const seen = new Set<AnyClass>();
  const reaches = (at: AnyClass): boolean =>
    [...exposureOf(at).properties.values()].flatMap(classesIn).some((next) => {
      if (next === type) return true;
      if (seen.has(next)) return false;
      seen.add(next);
      return reaches(next);
    });
  return reaches(type);
}

/** Visits a class and all that its objects may hold. `owned`: whether the owner of its objects is known: it is a resource, or a part of one. */
export function visitClasses(
  root: AnyClass,
  knowsOwner: (type: AnyClass) => boolean,
  visit: (type: AnyClass, owned: boolean) => void,
): void {
  const seen = { true: new Set<AnyClass>(), false: new Set<AnyClass>() };
  const walk = (type: AnyClass, isPart: boolean): void => {
    const owned = isPart || knowsOwner(type);
    if (seen[`${owned}`].has(type)) return;
    seen[`${owned}`].add(type);
    visit(type, owned);
    for (const property of exposureOf(type).properties.values()) {
      for (const next of classesIn(property)) walk(next, owned && property.part);
    }
  };
  walk(root, false);
}

/** What `found` names of the classes that are reached from `root` before any other that it names. */
export function outermostIn(
  root: AnyClass,
  found: (type: AnyClass) => string | undefined,
): readonly string[] {
  const seen = new Set<AnyClass>();
  const names = new Set<string>();
  const walk = (type: AnyClass): void => {
    if (seen.has(type)) return;
    seen.add(type);
    const name = found(type);
    if (name !== undefined) names.add(name);
    else for (const property of exposureOf(type).properties.values()) classesIn(property).forEach(walk);
  };
  walk(root);
  return [...names];
}
