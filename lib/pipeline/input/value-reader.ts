import { TransformationType } from 'class-transformer';
import { isList, maxElements } from './array-declaration.js';
import type { PropertyDeclaration, TransformFunction } from './class-declaration.js';
import { scalarOf, type Scalar } from './exact-scalar.js';
import { checkFreeForm } from './free-form.js';
import type { InputWalk } from './input-walk.js';
import type { NestedReader } from './nested-reader.js';
import type { ReadingContext } from './property-reader.js';

/**
 * Reads one value that came for a property: conversion, `@Transform`, shape and size. `source` is the whole object that came.
 * A value that fails becomes `undefined`, and the walk has the error.
 */
export type ValueReader = (value: unknown, source: unknown, walk: InputWalk) => unknown;

/** Compiles the reading of one property. Nested objects stay as they came: their turn is later. */
export function valueReader(
  declaration: PropertyDeclaration,
  nested: NestedReader | undefined,
  context: ReadingContext,
): ValueReader {
  const { name, transforms, designType, type } = declaration;
  const text = context.mode === 'text';
  const list = nested ? nested.list : isList(declaration);
  const max = maxElements(declaration, context.maxArray);
  // A `@Transform` in a query is written for the text; only what `@Type` names comes before it.
  const scalar = nested
    ? undefined
    : scalarOf(type ?? (text && transforms.length === 0 ? designType : undefined));

  const shape = (value: unknown, walk: InputWalk): unknown => {
    if (Array.isArray(value)) {
      if (value.length > max)
        return fail(walk, 'arrayMaxSize', `${name} must contain no more than ${max} elements`);
    } else if (list) {
      return fail(walk, 'isArray', `${name} must be an array`);
    }
    if (!nested) checkFreeForm(value, walk, context.maxArray, max);
    return value;
  };

  return (value, source, walk) => {
    let current = value;
    if (text && !nested && current !== undefined) {
      if (!isText(current, list, max)) return fail(walk, ...notText(current, list, name));
      if (list && transforms.length === 0 && !Array.isArray(current)) current = [current];
    }
    if (current !== undefined && current !== null) {
      // Before anything looks at the elements.
      if (Array.isArray(current) && current.length > max) return shape(current, walk);
      if (scalar) current = convert(current, scalar, name, walk);
    }
    if (transforms.length > 0) current = transformed(transforms, current, name, source, walk);
    return current === undefined || current === null ? current : shape(current, walk);
  };
}

function fail(walk: InputWalk, code: string, detail: string): undefined {
  walk.fail(code, detail);
  return undefined;
}

function isText(value: unknown, list: boolean, max: number): boolean {
  if (list && Array.isArray(value))
    return value.length > max || value.every((item) => isText(item, false, max));
  if (typeof value === 'string') return !value.includes('\0');
  return typeof value !== 'object' || value instanceof Date;
}

function notText(value: unknown, list: boolean, name: string): [code: string, detail: string] {
  if (!list && Array.isArray(value)) return ['repeated', `${name} must be given once`];
  return ['isString', `${name} must be plain text`];
}

function convert(value: unknown, scalar: Scalar, name: string, walk: InputWalk): unknown {
  if (!Array.isArray(value)) {
    return scalar.read(value) ?? fail(walk, scalar.code, `${name} ${scalar.detail}`);
  }
  const read = value.map((item) => (item === null || item === undefined ? item : scalar.read(item)));
  const failed = read.some((item, i) => item === undefined && value[i] !== undefined);
  return failed ? fail(walk, scalar.code, `each value in ${name} ${scalar.detail}`) : read;
}

function transformed(
  transforms: readonly TransformFunction[],
  value: unknown,
  key: string,
  obj: unknown,
  walk: InputWalk,
): unknown {
  try {
    let current = value;
    for (const transform of transforms) {
      current = transform({ value: current, key, obj, type: TransformationType.PLAIN_TO_CLASS, options: {} });
    }
    return current;
  } catch {
    // Written for the right type; what came is another.
    return fail(walk, 'transform', `${key} is not valid`);
  }
}
