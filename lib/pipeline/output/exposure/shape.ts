import { TransformationType } from 'class-transformer';
import type { Audience } from '../../../core/audience.js';
import type { TransformerFunction } from './class-transformer-metadata.js';
import type { PropertyExposure } from './class-exposure.js';
import type { Encode, Walk } from './encoder.js';

/** What leaves of an object: its properties, in order. */
export type Shape = readonly Column[];

/** One property of a {@link Shape}. */
interface Column {
  readonly key: string;
  readonly name: string;
  /** What reads the property, where that is more than looking it up. */
  readonly read: Read | undefined;
  /** Whether a text, a number, a boolean and `null` leave as they are. */
  readonly plain: boolean;
  readonly encode: Encode;
}

type Read = (object: object) => unknown;

/** Compiles a property for one audience. */
export function columnOf(property: PropertyExposure, audience: Audience, encode: Encode): Column {
  const { key, name, slot } = property;
  const plain = slot.container.one && slot.element.kind === 'scalar' && slot.element.convert === undefined;
  return { key, name, read: readerOf(property, audience), plain, encode };
}

/** Writes what leaves of an object. One loop and no call for most properties: this is where a long list spends its time. */
export function writeShape(
  shape: Shape,
  object: object,
  walk: Walk,
  owned: boolean,
): Record<string, unknown> {
  // Not the spread of an object that has all the names: V8 is fast at it for four kinds of objects, and there are more.
  const out: Record<string, unknown> = {};
  for (let i = 0; i < shape.length; i++) {
    const { key, name, read, plain, encode } = shape[i]!;
    const value = read === undefined ? (object as Record<string, unknown>)[key] : read(object);
    out[name] = plain && leavesAsItIs(value) ? value : encode(value, walk, owned);
  }
  return out;
}

function leavesAsItIs(value: unknown): boolean {
  const kind = typeof value;
  return kind === 'string' || kind === 'number' || kind === 'boolean' || value === null;
}

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
