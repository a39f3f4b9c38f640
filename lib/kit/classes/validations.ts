import { getMetadataStorage } from 'class-validator';

/** One validation as class-validator recorded it. */
export type ValidationMetadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];

/** The type of the records by which rules travel, see `carried-rules.ts`. class-validator runs no check for a type that it does not know. */
export const CARRIER = 'nestjs-gatehouse:rules';

/** Every validation of a class, inherited ones included. */
export function validationsOf(type: Function): ValidationMetadata[] {
  return allValidationsOf(type).filter((one) => one.type !== CARRIER);
}

/** Every record of a class, those that are no validations included. */
export function allValidationsOf(type: Function): ValidationMetadata[] {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}
