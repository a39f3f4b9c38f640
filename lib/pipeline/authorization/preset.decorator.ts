import type { Type } from '@nestjs/common';
import { metadataKey } from '../../core/metadata.js';
import type { Principal } from '../../core/principal.js';
import { accessError } from './access-error.js';
import { checkProperty, propertyRules } from './property-rules.js';

/** What a preset may give. */
export type PresetValue = string | number | boolean | null;

/** Makes the value of a property from the caller. `undefined`: this caller has none, and is refused (403). */
export type PresetFunction = (principal: Principal) => PresetValue | undefined;

const RULES = propertyRules<PresetFunction>(
  metadataKey('preset'),
  (_present, more) => more,
  () => undefined,
);

/**
 * Fills a property of a `@WritesTo` class from the caller, before the pipe validates it. No client may send it (403): it is in no
 * `@WritableBy`. It needs a validation decorator like every other property.
 *
 * @throws {SecurityConfigError} `access.invalid` for no function, a static or a symbol property.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * @Preset((caller) => caller.id) @IsString() userId!: string;
 * @Preset((caller) => caller.tenant) @IsString() tenantId!: string; // a caller without a tenant is refused
 * ```
 */
export function Preset<V extends PresetValue | undefined>(
  value: (principal: Principal) => V,
): <D extends object, K extends keyof D & string>(
  target: D,
  property: K & (Exclude<V, undefined> extends D[K] ? string : never),
) => void {
  return (target, property) => {
    if (typeof value !== 'function') {
      throw accessError(
        target,
        property,
        'has @Preset without a function',
        'write @Preset((caller) => caller.id)',
      );
    }
    checkProperty(target, property);
    RULES.declare(target, property, value);
  };
}

/** The presets of a class, by property. */
export function presetsOf(dto: Type<object>): ReadonlyMap<string, PresetFunction> {
  return RULES.of(dto);
}
