import 'reflect-metadata';
import type { Type } from '@nestjs/common';
import { metadataKey } from '../../core/metadata.js';
import type { RoleName } from '../../core/principal.js';
import type { ANYONE, OWNER } from '../../policy/audiences.js';
import { accessError } from './access-error.js';

/** Who may write a property: a role (with all that include it), the object's owner, or everyone that the route admits. */
export type WritingAudience = RoleName | typeof OWNER | typeof ANYONE;

type Declared = ReadonlyMap<string, readonly WritingAudience[]>;

const WRITABLE_BY = metadataKey('writable-by');

/**
 * Lets these audiences write a property of a `@WritesTo` class. Several on one property unite; a subclass that declares a
 * property again replaces what it inherits. A property without it is writable by nobody, which stops the boot.
 *
 * @throws {SecurityConfigError} `access.invalid` for no audience, a static or a symbol property.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * @WritableBy(OWNER, 'support') @MaxLength(500) note?: string;
 * ```
 */
export function WritableBy(
  audience: WritingAudience,
  ...audiences: WritingAudience[]
): (target: object, property: string) => void {
  const named: ReadonlyArray<string | symbol> = [audience, ...audiences];
  return (target, property) => {
    if (named.some((one) => (typeof one !== 'string' && typeof one !== 'symbol') || one === '')) {
      const fix = "write @WritableBy(OWNER), @WritableBy(ANYONE) or a role: @WritableBy('support')";
      throw accessError(target, property, 'has @WritableBy without an audience', fix);
    }
    if (typeof target === 'function' || typeof property !== 'string') {
      const fix = 'declare properties of the instances, named by a string';
      throw accessError(target, property, 'cannot be a property of a JSON object', fix);
    }
    const present = Reflect.getOwnMetadata(WRITABLE_BY, target) as Declared | undefined;
    const declared = new Map(present);
    declared.set(property, [...(declared.get(property) ?? []), ...(named as readonly WritingAudience[])]);
    Reflect.defineMetadata(WRITABLE_BY, declared, target);
  };
}

/** What `@WritableBy` says of each property of a class; for an inherited property, the nearest class that declares it. */
export function writableProperties(dto: Type<object>): Declared {
  const found = new Map<string, readonly WritingAudience[]>();
  for (let at = dto.prototype as object | null; at; at = Object.getPrototypeOf(at) as object | null) {
    const declared = Reflect.getOwnMetadata(WRITABLE_BY, at) as Declared | undefined;
    declared?.forEach((audiences, property) => {
      if (!found.has(property)) found.set(property, audiences);
    });
  }
  return found;
}
