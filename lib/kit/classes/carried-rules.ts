import type { Type } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';
import { allValidationsOf, CARRIER, type ValidationMetadata } from './validations.js';

/**
 * Lets the rules of a property travel wherever its validations do: `PickType`, `PartialType` and their like, of
 * `@nestjs/mapped-types` and of `@nestjs/swagger`, copy the records of class-validator to the new class, and nothing else that a
 * library could add.
 */
export function carryRules(target: object, property: string): void {
  const declaredBy = target.constructor as Type<object>;
  const present = allValidationsOf(declaredBy);
  if (present.some((one) => one.propertyName === property && carrierOf(one) === declaredBy)) return;
  const record: Partial<Record<keyof ValidationMetadata, unknown>> = {
    type: CARRIER,
    target: declaredBy,
    propertyName: property,
    constraints: [],
    groups: [],
    context: declaredBy,
  };
  getMetadataStorage().addValidationMetadata(record as ValidationMetadata);
}

/** The classes whose rules travelled with each property of a class: one, or several where classes were joined. */
export function carriedRules(type: Function): ReadonlyMap<string, ReadonlySet<Type<object>>> {
  const found = new Map<string, Set<Type<object>>>();
  for (const validation of allValidationsOf(type)) {
    const declaredBy = carrierOf(validation);
    if (!declaredBy) continue;
    const classes = found.get(validation.propertyName);
    if (classes) classes.add(declaredBy);
    else found.set(validation.propertyName, new Set([declaredBy]));
  }
  return found;
}

function carrierOf({ type, context }: ValidationMetadata): Type<object> | undefined {
  return type === CARRIER ? (context as Type<object>) : undefined;
}
