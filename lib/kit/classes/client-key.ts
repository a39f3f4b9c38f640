import type { Type } from '@nestjs/common';
import { TransformationType } from 'class-transformer';
import { leadsToPrototype } from '../../core/prototype-names.js';
import { inheritedDescriptor } from './inherited-descriptor.js';
import { transformerStorage } from './transformer-storage.js';

const TO_CLASS = TransformationType.PLAIN_TO_CLASS;

/**
 * The name under which a client sends a property of an input class: that of `@Expose({ name })` where it holds for input, else its own.
 * `undefined` where a client may not set it at all: `@Exclude()`, groups, a getter alone.
 */
export function clientKey(type: Type<object>, name: string): string | undefined {
  if (leadsToPrototype(name) || !isWritable(type, name)) return undefined;
  if (transformerStorage.getExcludedProperties(type, TO_CLASS).includes(name)) return undefined;
  const exposed = isExposed(type, name);
  if (!exposed) return transformerStorage.getStrategy(type) === 'excludeAll' ? undefined : name;
  const options = transformerStorage.findExposeMetadata(type, name)?.options;
  return options?.groups?.length ? undefined : (options?.name ?? name);
}

/** Whether `@Expose()` stands on a property and holds for input. */
export function isExposed(type: Type<object>, name: string): boolean {
  return transformerStorage.getExposedProperties(type, TO_CLASS).includes(name);
}

function isWritable(type: Type<object>, name: string): boolean {
  const descriptor = inheritedDescriptor(type.prototype as object, name);
  return descriptor === undefined || descriptor.set !== undefined;
}
