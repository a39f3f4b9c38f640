import { getMetadataStorage } from 'class-validator';

/** One validation as class-validator recorded it. */
export type ValidationMetadata = ReturnType<
  ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']
>[number];

/** Every validation of a class, inherited ones included. */
export function validationsOf(type: Function): ValidationMetadata[] {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}
