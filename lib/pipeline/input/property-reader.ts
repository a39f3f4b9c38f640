import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import type { PropertyDeclaration } from './class-declaration.js';
import type { ClassReader } from './class-reader.js';
import { checksOf, inOrder, type Check } from './constraint.js';
import type { InputWalk } from './input-walk.js';
import { nestedReader, type NestedReader } from './nested-reader.js';
import { valueReader, type ValueReader } from './value-reader.js';

/** Where a value comes from: `body` has types of its own; in a query or a path everything is `text`. */
export type InputMode = 'body' | 'text';

/** What a property needs to be compiled. */
export interface ReadingContext {
  readonly mode: InputMode;
  readonly maxArray: number;
  /** The reader of a nested class. */
  readerOf(type: Type): ClassReader;
}

/** One property, compiled. */
export interface PropertyReader {
  readonly name: string;
  readonly key: string | undefined;
  /** Runs for a missing property too. */
  readonly always: boolean;
  /** Step 1: the value as the class declares it, nested objects still as they came. */
  readonly read: ValueReader;
  /** Step 2: the nested objects. */
  readonly nested: NestedReader | undefined;
  /** `@IsOptional`, `@ValidateIf`: whether the rest applies. */
  applies(object: object, value: unknown): boolean;
  /** Step 3: the constraints. */
  check(object: object, value: unknown, walk: InputWalk): void;
}

/**
 * Compiles what is declared about one property.
 *
 * @throws {SecurityConfigError} `input.invalid` for a declaration that can never work.
 */
export function propertyReader(
  owner: Type,
  declaration: PropertyDeclaration,
  context: ReadingContext,
): PropertyReader {
  const where = `${owner.name}.${declaration.name}`;
  const conditions: Condition[] = [];
  const checks: Check[] = [];
  for (const validation of declaration.validations) {
    if (validation.type === 'conditionalValidation') {
      conditions.push(validation.constraints[0] as Condition);
    } else if (validation.type === 'customValidation' || validation.type === 'isDefined') {
      checks.push(...checksOf(validation, owner.name, where));
    } else if (validation.type !== 'nestedValidation' && validation.type !== 'whitelistValidation') {
      throw new SecurityConfigError(
        'input.invalid',
        where,
        'has a validation that input cannot have',
        'remove @ValidatePromise',
      );
    }
  }
  const nested = nestedReader(where, declaration, context);
  const key = declaration.key;
  return {
    name: declaration.name,
    key,
    always: declaration.exposed && declaration.transforms.length > 0,
    read: valueReader(declaration, nested, context),
    nested,
    applies:
      conditions.length === 0
        ? always
        : (object, value) => conditions.every((condition) => holds(condition, object, value)),
    check: checker(inOrder(checks), key ?? declaration.name),
  };
}

type Condition = (object: object, value: unknown) => boolean;

const always: Condition = () => true;

function holds(condition: Condition, object: object, value: unknown): boolean {
  try {
    return condition(object, value);
  } catch {
    // Written for the right types; what came is another, and the rules will say so.
    return true;
  }
}

function checker(checks: readonly Check[], segment: string): PropertyReader['check'] {
  return (object, value, walk) => {
    for (const check of checks) {
      const valid = check.test(object, value);
      if (valid instanceof Promise) walk.defer(valid, check.code, () => check.detail(), segment);
      else if (!valid) return walk.fail(check.code, check.detail(), segment);
    }
  };
}
