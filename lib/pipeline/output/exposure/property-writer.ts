import { TransformationType } from 'class-transformer';
import type { Audience } from '../../../core/audience.js';
import type { TransformerFunction } from './class-transformer-metadata.js';
import type { PropertyExposure } from './class-exposure.js';
import type { Encode, Walk } from './encoder.js';

/** Writes one property of an object into the response. */
export type Write = (out: Record<string, unknown>, object: object, walk: Walk, owned: boolean) => void;

/** Compiles the writer of one property for one audience. */
export function propertyWriter(property: PropertyExposure, audience: Audience, encode: Encode): Write {
  const { key, name } = property;
  const read = readerOf(property, audience);
  if (read) {
    return (out, object, walk, owned) => {
      out[name] = encode(read(object), walk, owned);
    };
  }
  return (out, object, walk, owned) => {
    out[name] = encode((object as Record<string, unknown>)[key], walk, owned);
  };
}

type Read = (object: object) => unknown;

/** What reads the property, where that is more than looking it up. */
function readerOf(property: PropertyExposure, audience: Audience): Read | undefined {
  const { key, method } = property;
  const transforms = property.transforms.filter(({ groups }) => applies(groups, audience));
  if (!method && transforms.length === 0) return undefined;
  // In the form that class-transformer hands to a @Transform.
  const options = { groups: [...audience.roles], strategy: 'excludeAll' as const };
  return (object) => {
    const found: unknown = (object as Record<string, unknown>)[key];
    let value = method && typeof found === 'function' ? (found.call(object) as unknown) : found;
    for (const { run } of transforms) {
      value = run({ value, key, obj: object, type: TransformationType.CLASS_TO_PLAIN, options });
    }
    return value;
  };
}

function applies(groups: TransformerFunction['groups'], { roles }: Audience): boolean {
  return groups === undefined || groups.some((group) => roles.has(group));
}
