import { SecurityConfigError } from '../../core/config-error.js';
import { isValidated } from './class-declaration.js';
import type { CompiledInputs } from './compiled-inputs.js';
import { problemsOf } from './compiled-inputs.js';
import { scalarOf, type Scalar } from './exact-scalar.js';
import type { InputWalk } from './input-walk.js';
import type { InputMode } from './property-reader.js';

/** Reads one argument of a handler. */
export type ArgumentReader = (value: unknown, walk: InputWalk) => unknown;

/**
 * How to read a parameter of a declared type. `named` is `@Query('x')`, not `@Query()`.
 *
 * @throws {SecurityConfigError} `input.invalid` where the type says nothing and no boot audit has let that pass.
 */
export function argumentReader(
  type: unknown,
  mode: InputMode,
  named: boolean,
  inputs: CompiledInputs,
): ArgumentReader {
  const scalar = scalarOf(type);
  if (scalar) return mode === 'body' ? bodyScalar(type, scalar) : textScalar(scalar);
  if (type === Buffer || type === Uint8Array) return bytes;
  if (isValidated(type)) {
    const reader = inputs.readerOf(type, mode);
    const [problem] = inputs.audited ? [] : problemsOf(reader);
    if (problem) throw new SecurityConfigError('input.invalid', problem.where, problem.message, problem.fix);
    if (mode === 'text') return (value, walk) => reader.read(value ?? {}, walk);
    return (value, walk) =>
      value === undefined ? walk.fail('required', 'must be sent') : reader.read(value, walk);
  }
  if (inputs.audited) return (value) => value;
  if (named && mode === 'text') return textScalar(scalarOf(String)!);
  throw new SecurityConfigError(
    'input.invalid',
    `a ${mode === 'body' ? '@Body()' : '@Query() or @Param()'} parameter`,
    `has the type ${typeof type === 'function' ? type.name : String(type)}, which says nothing about what it may hold`,
    'declare a class with validation decorators',
  );
}

function textScalar(scalar: Scalar): ArgumentReader {
  return (value, walk) => {
    if (value === undefined) return undefined;
    if (Array.isArray(value)) return walk.fail('repeated', 'must be given once');
    const read = typeof value === 'string' && value.includes('\0') ? undefined : scalar.read(value);
    return read === undefined ? walk.fail(scalar.code, scalar.detail) : read;
  };
}

/** A body has types of its own: nothing is converted but a date. */
function bodyScalar(type: unknown, scalar: Scalar): ArgumentReader {
  return (value, walk) => {
    if (value === undefined) return undefined;
    const read = scalar.read(value);
    return read === undefined || (type !== Date && read !== value)
      ? walk.fail(scalar.code, scalar.detail)
      : read;
  };
}

const bytes: ArgumentReader = (value, walk) =>
  value === undefined || value instanceof Uint8Array ? value : walk.fail('isBytes', 'must be bytes');
