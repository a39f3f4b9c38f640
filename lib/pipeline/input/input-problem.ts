import type { Type } from '@nestjs/common';
import { isValidated, type PropertyDeclaration } from './class-declaration.js';
import { isList } from './array-declaration.js';
import { scalarOf } from './exact-scalar.js';

/** Something in an input class that lets unvalidated input through. */
export interface InputProblem {
  /** `CreateOrder.items`. */
  readonly where: string;
  readonly message: string;
  readonly fix: string;
}

/** The properties of a class whose content nothing validates, and what to write. */
export function classProblems(type: Type, declarations: readonly PropertyDeclaration[]): InputProblem[] {
  if (declarations.length === 0) {
    return [
      {
        where: type.name,
        message: 'has no validation decorator: nothing says what it may hold.',
        fix: 'Write a class-validator decorator on every property: @IsString() @MaxLength(100) name!: string;',
      },
    ];
  }
  return declarations.flatMap((declaration) => {
    const problem = contentProblem(declaration);
    return problem ? [{ where: `${type.name}.${declaration.name}`, ...problem }] : [];
  });
}

function contentProblem(declaration: PropertyDeclaration): Omit<InputProblem, 'where'> | undefined {
  const { type, designType, validations, transforms } = declaration;
  if (validations.some((validation) => validation.type === 'nestedValidation')) return undefined;
  const list = isList(declaration);
  const nestedClass = [type, designType].find(
    (candidate) => typeof candidate === 'function' && !scalarOf(candidate) && isValidated(candidate),
  ) as Type | undefined;
  if (nestedClass) {
    return {
      message: `holds ${nestedClass.name} but does not say that it is validated.`,
      fix: `Write @ValidateNested(${list ? '{ each: true }' : ''}) @Type(() => ${nestedClass.name}).`,
    };
  }
  const elements = validations.some(({ each }) => each) || scalarOf(type) !== undefined;
  if (list && !elements && transforms.length === 0) {
    return {
      message: 'is an array whose elements nothing validates.',
      fix: 'Write @ValidateNested({ each: true }) @Type(() => ItsClass), or @IsString({ each: true }).',
    };
  }
  return undefined;
}
