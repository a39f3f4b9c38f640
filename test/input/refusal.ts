import type { ArgumentMetadata } from '@nestjs/common';
import type { FieldError } from '../../lib/core/problem.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';

export const pipe = new SecurityValidationPipe();

/** The errors of a refusal; `undefined` where the value passes. */
export function errorsOf(value: unknown, metadata: ArgumentMetadata): readonly FieldError[] | undefined {
  try {
    pipe.transform(value, metadata);
    return undefined;
  } catch (error) {
    if (error instanceof SecurityDenial) return error.denial.errors;
    throw error;
  }
}

/** `/pointer code` of each error. */
export function refusals(value: unknown, metadata: ArgumentMetadata): string[] {
  return (errorsOf(value, metadata) ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
}
