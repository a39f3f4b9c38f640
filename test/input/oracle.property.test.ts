import { plainToInstance, Transform, Type } from 'class-transformer';
import * as cv from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
interface Kind {
  readonly design: unknown;
  readonly decorators: readonly PropertyDecorator[];
  /** A value that passes. */
  readonly good: Json;
  /** Where we are stricter than class-validator on purpose, beyond a size cap. */
  readonly stricter?: (value: Json) => boolean;
  readonly nested?: Spec;
}
type Spec = Readonly<Record<string, Kind>>;

enum Colour {
  Red = 'red',
  Blue = 'blue',
}

@cv.ValidatorConstraint({ name: 'even' })
class Even implements cv.ValidatorConstraintInterface {
  validate(value: unknown) {
    return typeof value === 'number' && value % 2 === 0;
  }
}

const notArray = (value: Json) => value !== null && !Array.isArray(value);
const isDateInput = (value: Json) =>
  typeof value === 'number' || value === null || value === '2026-01-31T10:00:00Z';

const FLAT: Readonly<Record<string, Kind>> = {
  string: { good: '', design: String, decorators: [cv.IsString()] },
  short: { good: 'abc', design: String, decorators: [cv.IsString(), cv.MaxLength(5), cv.MinLength(1)] },
  optional: { good: null, design: String, decorators: [cv.IsOptional(), cv.IsString()] },
  length: { good: 'abc', design: String, decorators: [cv.Length(2, 4)] },
  member: { good: 'b', design: String, decorators: [cv.IsIn(['a', 'b', 1])] },
  enum: { good: 'red', design: String, decorators: [cv.IsEnum(Colour)] },
  email: { good: 'a@b.co', design: String, decorators: [cv.IsEmail()] },
  uuid: { good: '6f8b2a52-9f3e-4b54-8c39-0f6a3f2f9a11', design: String, decorators: [cv.IsUUID()] },
  matches: { good: 'aa', design: String, decorators: [cv.Matches(/^a+$/), cv.MaxLength(3)] },
  dateString: { good: '2026-01-31T10:00:00Z', design: String, decorators: [cv.IsDateString()] },
  notEmpty: { good: 0, design: String, decorators: [cv.IsNotEmpty()] },
  equals: { good: 'a', design: String, decorators: [cv.Equals('a')] },
  int: { good: 5, design: Number, decorators: [cv.IsInt(), cv.Min(1), cv.Max(5)] },
  number: { good: 1.5, design: Number, decorators: [cv.IsNumber({ maxDecimalPlaces: 1 })] },
  positive: { good: 2, design: Number, decorators: [cv.IsOptional(), cv.IsPositive()] },
  even: { good: 2, design: Number, decorators: [cv.Validate(Even)] },
  boolean: { good: false, design: Boolean, decorators: [cv.IsBoolean()] },
  defined: { good: '', design: Object, decorators: [cv.IsDefined()] },
  allowed: { good: { x: [1] }, design: Object, decorators: [cv.Allow()] },
  object: { good: { x: 1 }, design: Object, decorators: [cv.IsObject(), cv.IsNotEmptyObject()] },
  conditional: {
    good: null,
    design: String,
    decorators: [cv.ValidateIf((_, value) => value !== null), cv.IsString()],
  },
  trimmed: {
    good: ' abc ',
    design: String,
    decorators: [
      Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
      cv.Length(1, 3),
    ],
  },
  // `each` without @IsArray accepts one element in place of the array; we do not.
  strings: {
    good: ['a', 'b'],
    design: Array,
    decorators: [cv.IsString({ each: true }), cv.ArrayMaxSize(2)],
    stricter: notArray,
  },
  loose: { good: [], design: Array, decorators: [cv.IsString({ each: true })], stricter: notArray },
  ints: {
    good: [1, 2],
    design: Array,
    decorators: [cv.IsArray(), cv.ArrayNotEmpty(), cv.ArrayUnique(), cv.IsInt({ each: true })],
  },
  // class-transformer makes a date of `true` and of `[]`, and V8 one of "1".
  date: {
    good: '2026-01-31T10:00:00Z',
    design: Date,
    decorators: [Type(() => Date), cv.IsDate()],
    stricter: (value) => !isDateInput(value),
  },
};

const SCALARS: Json[] = [
  null, '', 'a', 'b', ' a ', 'aaaa', 'abcdefgh', 'red', 'a@b.co', '2026-01-31T10:00:00Z',
  '6f8b2a52-9f3e-4b54-8c39-0f6a3f2f9a11', 0, 1, 2, 5, -3, 1.5, 1.25, 1e21, true, false,
]; // prettier-ignore

const scalar = fc.constantFrom(...SCALARS);
const loose: fc.Arbitrary<Json> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2 }) },
);

const nameOf = (i: number) => `p${i}`;

const flatSpec = fc
  .array(fc.constantFrom(...Object.values(FLAT)), { minLength: 1, maxLength: 4 })
  .map((kinds): Spec => Object.fromEntries(kinds.map((kind, i) => [nameOf(i), kind])));

const nestedKind = fc.tuple(flatSpec, fc.boolean(), fc.boolean()).map(([spec, each, optional]): Kind => {
  const nested = makeClass(spec);
  return {
    good: null,
    design: each ? Array : nested,
    decorators: [
      Type(() => nested),
      cv.ValidateNested({ each }),
      ...(optional ? [cv.IsOptional()] : [cv.IsDefined()]),
      ...(each ? [cv.ArrayMaxSize(3)] : []),
    ],
    // class-validator walks an array where one object is declared, and validates one object where an array is.
    stricter: (value) =>
      value !== null && (each ? typeof value === 'object' && !Array.isArray(value) : Array.isArray(value)),
    nested: spec,
  };
});

const spec: fc.Arbitrary<Spec> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...Object.values(FLAT)) },
      { weight: 1, arbitrary: nestedKind },
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((kinds) => Object.fromEntries(kinds.map((kind, i) => [nameOf(i), kind])));

function makeClass(properties: Spec): new () => object {
  const type = class Dto {};
  for (const [name, { design, decorators }] of Object.entries(properties)) {
    Reflect.defineMetadata('design:type', design, type.prototype, name);
    for (const decorate of decorators.toReversed()) decorate(type.prototype, name);
  }
  return type;
}

function valueFor(properties: Spec): fc.Arbitrary<Record<string, Json>> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, kind]) => [
      name,
      kind.nested
        ? fc.oneof(
            { weight: 2, arbitrary: valueFor(kind.nested) },
            { weight: 3, arbitrary: fc.array(valueFor(kind.nested), { maxLength: 4 }) },
            { weight: 1, arbitrary: loose },
          )
        : fc.oneof({ weight: 4, arbitrary: fc.constant(kind.good) }, { weight: 1, arbitrary: loose }),
    ]),
  );
  const extra = fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.dictionary(fc.constantFrom('zz', 'a/b', 'c~d'), scalar, { maxKeys: 1 }) },
  );
  const all = fc.record(fields);
  const some = fc.record(fields, { requiredKeys: [] });
  return fc
    .tuple(fc.oneof({ weight: 3, arbitrary: all }, { weight: 1, arbitrary: some }), extra)
    .map(([value, more]) => JSON.parse(JSON.stringify({ ...value, ...more })) as Record<string, Json>);
}

function oracle(type: new () => object, plain: Json): { paths: Set<string>; made: object } {
  const made = plainToInstance(type, structuredClone(plain) as object);
  const errors = cv.validateSync(made, { whitelist: true, forbidNonWhitelisted: true });
  const paths = new Set<string>();
  const walk = (list: cv.ValidationError[], base: string): void => {
    for (const { property, constraints, children } of list) {
      const path = `${base}/${property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (constraints) paths.add(path);
      walk(children ?? [], path);
    }
  };
  walk(errors, '');
  return { paths, made };
}

/** Adds what we refuse beyond class-validator, and removes what we do not look at because of that. */
function adjust(properties: Spec, value: Json, base: string, paths: Set<string>): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
  for (const [name, kind] of Object.entries(properties)) {
    if (!Object.hasOwn(value, name)) continue;
    const inner = value[name]!;
    const path = `${base}/${name}`;
    const tooLong =
      Array.isArray(inner) && inner.length > (kind.nested ? 3 : kind === FLAT['strings'] ? 2 : 1000);
    if (kind.stricter?.(inner) || tooLong) {
      for (const known of paths) if (known === path || known.startsWith(`${path}/`)) paths.delete(known);
      paths.add(path);
    } else if (kind.nested) {
      if (Array.isArray(inner)) {
        // An element that is an array is never one object.
        inner.forEach((item, i) => {
          if (Array.isArray(item)) paths.add(`${path}/${i}`);
          else adjust(kind.nested!, item, `${path}/${i}`, paths);
        });
      } else adjust(kind.nested, inner, path, paths);
    }
  }
}

function ours(type: new () => object, plain: Json): { paths: Set<string>; made?: unknown } {
  try {
    return {
      paths: new Set(),
      made: new SecurityValidationPipe().transform(plain, { type: 'body', metatype: type }),
    };
  } catch (error) {
    if (!(error instanceof SecurityDenial)) throw error;
    return { paths: new Set(error.denial.errors!.map(({ pointer }) => pointer)) };
  }
}

describe('the compiled validator against class-validator', () => {
  it('gives the same verdict, the same places and the same instance', () => {
    let refused = 0;
    let accepted = 0;
    const cases = spec.chain((properties) => fc.tuple(fc.constant(properties), valueFor(properties)));
    fc.assert(
      fc.property(cases, ([properties, value]) => {
        const type = makeClass(properties);
        const expected = oracle(type, value);
        adjust(properties, value, '', expected.paths);
        const actual = ours(type, value);
        if (expected.paths.size > 20) {
          expect(actual.paths.size).toBe(20);
          return;
        }
        expect([...actual.paths].sort()).toEqual([...expected.paths].sort());
        if (expected.paths.size === 0) {
          expect(actual.made).toEqual(expected.made);
          expect(actual.made).toBeInstanceOf(type);
          accepted++;
        } else refused++;
      }),
      { numRuns: 700 },
    );
    expect(Math.min(refused, accepted)).toBeGreaterThan(60);
  });
});
