import type { Type } from '@nestjs/common';
import type { FindingCode } from '../../core/finding.js';
import type { HandlerParameter } from '../../core/route-declaration.js';
import { isValidated } from './class-declaration.js';
import { scalarOf } from './exact-scalar.js';
import type { InputMode } from './property-reader.js';

/** What the boot audit makes of one parameter: the class to compile, or what is wrong with it, or nothing to do. */
export type ParameterVerdict =
  | { readonly compile: Type; readonly mode: InputMode; readonly code: FindingCode }
  | { readonly code: FindingCode; readonly message: string; readonly fix: string }
  | undefined;

// Pipes that do not say what a value may be: the first only fills in, the others look at the class, which is what is missing.
const NOT_VALIDATING: ReadonlySet<string> = new Set([
  'DefaultValuePipe',
  'ValidationPipe',
  'SecurityValidationPipe',
]);

/** Judges one parameter of a handler. `json` is whether the route takes JSON bodies. */
export function auditParameter(parameter: HandlerParameter, json: boolean): ParameterVerdict {
  switch (parameter.source) {
    case 'request':
      return {
        code: 'input.request-object',
        message: `parameter ${parameter.index} is the whole request, whose body and query nothing has validated.`,
        fix: "Take what you need: @Body() dto: CreateDto, @Param('id') id: string, @CurrentUser() user: Principal.",
      };
    case 'rawBody':
      return {
        code: 'input.request-object',
        message: `parameter ${parameter.index} is the body in bytes, which nothing has validated.`,
        fix: 'Take @Body() dto: CreateDto. Where a signature is checked over the bytes, accept it in audit.baseline with that reason.',
      };
    case 'headers':
      if (parameter.property !== undefined) return undefined;
      return {
        code: 'input.request-object',
        message: `parameter ${parameter.index} is every header, the credential among them.`,
        fix: "Name the header: @Headers('if-match') ifMatch: string.",
      };
    case 'body':
      return auditBody(parameter, json);
    case 'query':
      return auditText(parameter, 'input.query-untyped', '@Query()', 'query: ListQuery');
    case 'param':
      return auditText(parameter, 'input.parameter-untyped', '@Param()', 'path: PathParameters');
    default:
      return undefined;
  }
}

function auditBody(parameter: HandlerParameter, json: boolean): ParameterVerdict {
  const { type, property } = parameter;
  if (validates(parameter, ['ParseArrayPipe'])) return undefined;
  if (property === undefined && isValidated(type)) {
    return { compile: type, mode: 'body', code: 'input.body-unvalidated' };
  }
  // A body that is no JSON has no properties to declare.
  if (property === undefined && (type === Buffer || (type === String && !json))) return undefined;
  const fix = 'Write a class with validation decorators: @Body() dto: CreateDto.';
  if (property !== undefined) {
    return {
      code: 'input.body-untyped',
      message: `@Body('${property}') takes one property out of a body that nothing validates.`,
      fix,
    };
  }
  if (isOwnClass(type)) {
    return {
      code: 'input.body-unvalidated',
      message: `the body's class ${type.name} has no validation decorator.`,
      fix: `Write a class-validator decorator on every property of ${type.name}.`,
    };
  }
  return {
    code: 'input.body-untyped',
    message: `the body is declared as ${nameOf(type)}, so nothing validates it.`,
    fix: `${fix} An interface, a union, Partial<…> and an array are no class: use PartialType(Dto), or a class with an array in it.`,
  };
}

function auditText(
  parameter: HandlerParameter,
  code: FindingCode,
  decorator: string,
  example: string,
): ParameterVerdict {
  const { type, property } = parameter;
  const open = parameter.pipes.map(openItems).find((items) => items !== undefined);
  if (open) {
    return {
      code,
      message: `its ParseArrayPipe lets properties of ${open.name} through that nobody declared.`,
      fix: `new ParseArrayPipe({ items: ${open.name}, whitelist: true, forbidNonWhitelisted: true })`,
    };
  }
  if (validates(parameter, [])) return undefined;
  if (property === undefined) {
    if (isValidated(type)) return { compile: type, mode: 'text', code };
    return {
      code,
      message: `${decorator} is declared as ${nameOf(type)}, so nothing validates it.`,
      fix: `Write a class with validation decorators: ${decorator.replace('()', `() ${example}`)}.`,
    };
  }
  if (scalarOf(type)) return undefined;
  const named = decorator.replace('()', `('${property}')`);
  return {
    code,
    message: `${named} is declared as ${nameOf(type)}, so anything passes.`,
    fix: `Declare string, number, boolean or Date, or give it a pipe: ${named.replace(')', ', ParseUUIDPipe)')} ${property}: string.`,
  };
}

function validates({ pipes }: HandlerParameter, alsoNot: readonly string[]): boolean {
  return pipes.some((pipe) => {
    const names = namesUp(typeof pipe === 'function' ? pipe : (pipe as object | null)?.constructor);
    return names.length > 0 && !names.some((name) => NOT_VALIDATING.has(name) || alsoNot.includes(name));
  });
}

/** The class of the items of a `ParseArrayPipe` that takes what they do not declare. */
function openItems(pipe: unknown): Type | undefined {
  if (!namesUp((pipe as object | null)?.constructor).includes('ParseArrayPipe')) return undefined;
  const { items, whitelist } = (pipe as { options?: { items?: unknown; whitelist?: unknown } }).options ?? {};
  return isOwnClass(items) && whitelist !== true ? items : undefined;
}

/** The names of a class and of those that it extends: a pipe is judged by name, so that no second copy of Nest slips through. */
function namesUp(type: unknown): string[] {
  if (typeof type !== 'function' || type === Function.prototype) return [];
  return [type.name, ...namesUp(Object.getPrototypeOf(type))];
}

function isOwnClass(type: unknown): type is Type {
  return typeof type === 'function' && !BUILT_IN.has(type) && scalarOf(type) === undefined;
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object,
  Array,
  Map,
  Set,
  Promise,
  BigInt,
  Symbol,
  Function,
  Uint8Array,
]);

function nameOf(type: unknown): string {
  if (type === Object) return 'Object (an interface, a union, any or Partial)';
  return typeof type === 'function' ? type.name : 'nothing';
}
