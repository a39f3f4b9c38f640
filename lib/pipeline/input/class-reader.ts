import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import { declaredProperties } from './class-declaration.js';
import type { InputWalk } from './input-walk.js';
import { classProblems, type InputProblem } from './input-problem.js';
import { propertyReader, type PropertyReader, type ReadingContext } from './property-reader.js';

/**
 * Makes and validates instances of one input class. What class-validator and class-transformer declare is compiled once;
 * nothing is looked up per request.
 *
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 */
export class ClassReader {
  /** What is wrong with the class itself; its nested classes have their own. */
  problems: readonly InputProblem[] = [];
  #properties: readonly PropertyReader[] = [];
  #nested: readonly PropertyReader[] = [];
  #flat: readonly PropertyReader[] = [];
  /** What a new instance has as `undefined`: with `useDefineForClassFields` every declared field. */
  #blank: readonly string[] = [];
  readonly #byKey = new Map<string, PropertyReader>();

  constructor(readonly type: Type) {}

  /**
   * Compiles the class. Apart from the constructor, so that a class may refer to itself.
   *
   * @throws {SecurityConfigError} `input.invalid` for a declaration that can never work.
   */
  compile(context: ReadingContext): void {
    try {
      const sample = Reflect.construct(this.type, []) as object;
      this.#blank = Object.entries(sample).flatMap(([name, value]) => (value === undefined ? [name] : []));
    } catch {
      throw new SecurityConfigError(
        'input.invalid',
        this.type.name,
        'cannot be made without arguments',
        'write an input class without constructor parameters',
      );
    }
    const declarations = declaredProperties(this.type);
    this.#properties = declarations.map((declaration) => propertyReader(this.type, declaration, context));
    this.#nested = this.#properties.filter(({ nested }) => nested);
    this.#flat = this.#properties.filter(({ nested }) => !nested);
    for (const property of this.#properties) {
      if (property.key !== undefined) this.#byKey.set(property.key, property);
    }
    this.problems = classProblems(this.type, declarations);
  }

  /** The classes of its nested properties. */
  get nestedClasses(): readonly ClassReader[] {
    return this.#nested.flatMap(({ nested }) => nested!.classes);
  }

  /** Makes the instance; the walk has the errors. `ignored` is a key that the caller has used up. */
  read(plain: unknown, walk: InputWalk, ignored?: string): object | undefined {
    if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
      walk.fail('nestedValidation', 'must be an object');
      return undefined;
    }
    if (walk.tooDeep) {
      walk.fail('depth', 'must not be nested this deep');
      return undefined;
    }
    const source = plain as Readonly<Record<string, unknown>>;
    const instance = new this.type() as Record<string, unknown>;
    this.#take(source, instance, walk, ignored);
    // Nested ones first: a custom constraint of a sibling may look at them.
    for (const property of this.#nested) {
      if (walk.full) return instance;
      if (!this.#applies(property, source, instance)) continue;
      const value = instance[property.name];
      if (value !== undefined) instance[property.name] = descend(property, value, walk);
      property.check(instance, instance[property.name], walk);
    }
    for (const property of this.#flat) {
      if (walk.full) return instance;
      if (this.#applies(property, source, instance)) property.check(instance, instance[property.name], walk);
    }
    // `Object.assign(loaded, dto)` would wipe what nobody sent.
    for (const name of this.#blank) {
      if (instance[name] === undefined) Reflect.deleteProperty(instance, name);
    }
    return instance;
  }

  #take(
    source: Readonly<Record<string, unknown>>,
    instance: Record<string, unknown>,
    walk: InputWalk,
    ignored?: string,
  ) {
    for (const key of Object.keys(source)) {
      if (walk.full) return;
      const property = this.#byKey.get(key);
      if (property) take(property, source, instance, walk);
      else if (key !== ignored) walk.refuseProperty(key);
    }
    for (const property of this.#properties) {
      if (property.always && !Object.hasOwn(source, property.key!)) take(property, source, instance, walk);
    }
  }

  /**
   * Whether the rules of a property apply. Where `@ValidateIf` switches them off, the value that nobody has checked does not
   * reach the handler.
   */
  #applies(property: PropertyReader, source: object, instance: Record<string, unknown>): boolean {
    const value = instance[property.name];
    if (property.applies(instance, value)) return true;
    const sent = property.key !== undefined && Object.hasOwn(source, property.key);
    if (sent && value !== undefined && value !== null) instance[property.name] = undefined;
    return false;
  }
}

function take(
  property: PropertyReader,
  source: Readonly<Record<string, unknown>>,
  instance: Record<string, unknown>,
  walk: InputWalk,
): void {
  const sent = Object.hasOwn(source, property.key!);
  walk.enter(property.key!);
  const value = property.read(sent ? source[property.key!] : undefined, source, walk);
  walk.leave();
  // A default of the class stays where nothing was sent.
  if (sent || value !== undefined) instance[property.name] = value;
}

function descend(property: PropertyReader, value: unknown, walk: InputWalk): unknown {
  walk.enter(property.key ?? property.name);
  const made = property.nested!.read(value, walk);
  walk.leave();
  return made;
}
