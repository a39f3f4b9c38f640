import type { AnyClass } from './class-transformer-metadata.js';
import { exposureOf, type ExposureRule } from './class-exposure.js';
import { declaresExposure } from './lineage.js';

/**
 * To whom each property of a class is exposed, for those who have to know it elsewhere: a list must not be filtered by what its reader is not
 * shown. `plain`: it leaves as it is stored.
 */
export function exposedPropertiesOf(
  type: AnyClass,
): ReadonlyMap<string, ExposureRule & { readonly plain: boolean }> {
  if (!declaresExposure(type)) return new Map();
  return new Map(
    [...exposureOf(type).properties].map(([key, { rule, transforms, slot, method }]) => {
      const { element, container } = slot;
      const plain =
        !method &&
        transforms.length === 0 &&
        element.kind === 'scalar' &&
        container.one &&
        element.convert === undefined;
      return [key, { ...rule, plain }] as const;
    }),
  );
}
