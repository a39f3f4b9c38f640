import type { PropertyDeclaration } from './class-declaration.js';

/** Whether a property is declared as an array. */
export function isList(declaration: PropertyDeclaration): boolean {
  const { designType, validations } = declaration;
  if (designType === Array) return true;
  return validations.some(
    ({ type, name, each }) =>
      name === 'isArray' || (each && (type === 'nestedValidation' || designType === undefined)),
  );
}

/** The most elements that a property may have: its smallest `@ArrayMaxSize`, else the default. */
export function maxElements(declaration: PropertyDeclaration, maxArray: number): number {
  const sizes = declaration.validations
    .filter(({ name, each }) => name === 'arrayMaxSize' && !each)
    .map(({ constraints }) => Number(constraints[0]));
  return sizes.length > 0 ? Math.min(...sizes) : maxArray;
}
