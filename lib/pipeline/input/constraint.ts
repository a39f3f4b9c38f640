import { getMetadataStorage } from 'class-validator';
import type { ValidationArguments, ValidatorConstraintInterface } from 'class-validator';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ValidationMetadata } from '../../kit/classes/validations.js';
import { constraintDetail } from './constraint-detail.js';

/** One constraint of a property, ready to be called. */
export interface Check {
  /** class-validator's name of the constraint: `isInt`. */
  readonly code: string;
  /** One sentence for the client, without the value. */
  detail(): string;
  /** class-validator's own verdict. A check that throws says no. */
  test(object: object, value: unknown): boolean | Promise<boolean>;
}

// The type first, then the size, so that no regular expression sees what is no string or is too long anyway.
const TYPES: ReadonlySet<string> = new Set([
  'isDefined', 'isString', 'isInt', 'isNumber', 'isBoolean', 'isArray', 'isObject', 'isDate',
]); // prettier-ignore
const SIZES: ReadonlySet<string> = new Set(['isLength', 'maxLength', 'isByteLength', 'arrayMaxSize']);

/** Puts the cheap checks first. */
export function inOrder(checks: readonly Check[]): Check[] {
  return [...checks].sort((a, b) => rank(a) - rank(b));
}

function rank({ code }: Check): number {
  return TYPES.has(code) ? 0 : SIZES.has(code) ? 1 : 2;
}

/**
 * The checks of one decorator. They call the constraint that class-validator itself calls, so that a custom constraint works
 * and no verdict differs.
 *
 * @throws {SecurityConfigError} `input.invalid` for a constraint class that class-validator would skip without a word.
 */
export function checksOf(validation: ValidationMetadata, targetName: string, where: string): Check[] {
  const constraints = getMetadataStorage().getTargetValidatorConstraints(validation.constraintCls);
  if (constraints.length === 0) {
    const name = validation.constraintCls?.name ?? 'the constraint';
    throw new SecurityConfigError(
      'input.invalid',
      where,
      `is checked by ${name}, which class-validator does not know: it would check nothing`,
      `write @ValidatorConstraint() on ${name}`,
    );
  }
  return constraints.map((constraint) => {
    // Asked for late: an application may hand its container to class-validator after this.
    let validator: ValidatorConstraintInterface | undefined;
    let detail: string | undefined;
    const instance = (): ValidatorConstraintInterface => (validator ??= constraint.instance);
    return {
      code: constraint.name ?? validation.type,
      detail: () => (detail ??= constraintDetail(validation, instance())),
      test: (object, value) => {
        try {
          if (validation.validateIf && !validation.validateIf(object, value)) return true;
          return verdict(instance(), validation, targetName, object, value);
        } catch {
          return false;
        }
      },
    };
  });
}

function verdict(
  validator: ValidatorConstraintInterface,
  validation: ValidationMetadata,
  targetName: string,
  object: object,
  value: unknown,
): boolean | Promise<boolean> {
  const args: ValidationArguments = {
    targetName,
    property: validation.propertyName,
    object,
    value,
    constraints: validation.constraints,
  };
  const test = (item: unknown): boolean | Promise<boolean> => ourPromise(validator.validate(item, args));
  if (!validation.each || !isCollection(value)) return test(value);
  const verdicts = [...value.values()].map(test);
  return verdicts.some((one) => one instanceof Promise) ? allOf(verdicts) : verdicts.every(Boolean);
}

/** A promise of any library as one of Node's: taken for an object, it would be a yes. */
function ourPromise(verdict: boolean | PromiseLike<boolean>): boolean | Promise<boolean> {
  if (typeof verdict !== 'object' || verdict === null) return verdict;
  return typeof verdict.then === 'function' ? Promise.resolve(verdict) : Boolean(verdict);
}

async function allOf(verdicts: ReadonlyArray<boolean | Promise<boolean>>): Promise<boolean> {
  const settled = await Promise.all(verdicts.map((one) => Promise.resolve(one)));
  return settled.every(Boolean);
}

function isCollection(value: unknown): value is { values(): Iterable<unknown> } {
  return Array.isArray(value) || value instanceof Set || value instanceof Map;
}
