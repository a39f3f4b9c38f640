import type { Type } from '@nestjs/common';
import { metadataKey, setMetadata } from '../../core/metadata.js';
import { carriedRules } from '../../kit/classes/carried-rules.js';
import { accessError, CIRCULAR } from './access-error.js';
import type { Fitting } from './fitting.js';

const WRITES_TO = metadataKey('writes-to');

/**
 * Says that a body class writes properties of an entity: the guard lets a caller send only what `@WritableBy` gives them (403),
 * whatever the pipe would accept. Each property must be one of the entity, of a type that fits it, or the class does not compile.
 * Subclasses inherit it, and so do the classes that `PickType`, `PartialType` and their like make.
 *
 * `OWNER` is the owner of the object that the route loads. A `POST` that loads none, has no path or query parameter and takes this
 * class as its one `@Body()` creates an object: it belongs to the caller. No property may be part of the entity's id, and the one
 * that says who owns it is for roles alone: either stops the boot.
 *
 * @throws {SecurityConfigError} `access.invalid` for anything but a class.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * @WritesTo(Order)
 * class PatchOrder {
 *   @WritableBy(OWNER) @MaxLength(500) note?: string;
 *   @WritableBy('support') @IsIn(STATUSES) status?: OrderStatus;
 * }
 * ```
 */
export function WritesTo<T extends object>(
  entity: Type<T>,
): <C extends Type<object>>(dto: C & Fitting<InstanceType<C>, T>) => void {
  return (dto) => {
    if (typeof entity !== 'function') {
      throw accessError(
        dto,
        undefined,
        'has @WritesTo without a class',
        `write @WritesTo(Order); ${CIRCULAR}`,
      );
    }
    setMetadata(WRITES_TO, entity, dto);
  };
}

/**
 * The entity that a body class writes to: inherited from the nearest class that says it, or that of the classes from which
 * `PickType` or its like took properties. `undefined` where those write to several.
 */
export function entityWrittenBy(dto: Type<object>): Type<object> | undefined {
  const said = Reflect.getMetadata(WRITES_TO, dto) as Type<object> | undefined;
  if (said) return said;
  const sources = [...carriedRules(dto).values()].flatMap((classes) => [...classes]);
  const entities = new Set(sources.map((source) => Reflect.getMetadata(WRITES_TO, source) as unknown));
  entities.delete(undefined);
  return entities.size === 1 ? ([...entities][0] as Type<object>) : undefined;
}
