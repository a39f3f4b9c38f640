import type { ValidatorConstraintInterface } from 'class-validator';
import type { ValidationMetadata } from '../../kit/classes/validations.js';

const MAX_DETAIL = 120;

/**
 * What to tell a client about a failed constraint: the decorator's message, else class-validator's. It is made from the
 * declaration alone, so that it can never repeat the value; a message that is a function of the value is not called.
 */
export function constraintDetail(
  validation: ValidationMetadata,
  validator: ValidatorConstraintInterface | undefined,
): string {
  const { propertyName, constraints, message } = validation;
  const template =
    typeof message === 'string' && message !== '' ? message : defaultMessage(validation, validator);
  const text = template
    .replace(/\$constraint(\d+)/g, (_, index: string) => shown(constraints?.[Number(index) - 1]))
    .replaceAll('$value', 'the value')
    .replaceAll('$property', propertyName)
    .replaceAll('$target', 'the input');
  return text.length > MAX_DETAIL ? `${text.slice(0, MAX_DETAIL - 1)}…` : text;
}

function defaultMessage(
  validation: ValidationMetadata,
  validator: ValidatorConstraintInterface | undefined,
): string {
  try {
    const message = validator?.defaultMessage?.({
      targetName: '$target',
      property: '$property',
      object: {},
      value: standIn(validation),
      constraints: validation.constraints,
    });
    if (message) return message;
  } catch {
    // The message wants a value; a client gets the plain sentence.
  }
  return '$property is not valid';
}

/** A value for messages that look at one: the message of `@Length` names both bounds when the length is right. */
function standIn({ name, constraints }: ValidationMetadata): string {
  return name === 'isLength' ? 'x'.repeat(Math.min(Number(constraints[0]) || 0, 1000)) : '';
}

function shown(constraint: unknown): string {
  if (Array.isArray(constraint)) return constraint.join(', ');
  if (constraint instanceof Date) return constraint.toISOString();
  if (constraint instanceof RegExp) return constraint.toString();
  return typeof constraint === 'string' || typeof constraint === 'number' ? String(constraint) : '';
}
