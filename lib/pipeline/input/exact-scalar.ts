const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const ISO_DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** A scalar type: how it is read, and what to tell a client whose value is not one. */
export interface Scalar {
  /** `undefined` where the value is not exactly of the type. */
  readonly read: (value: unknown) => unknown;
  readonly code: string;
  readonly detail: string;
}

const SCALARS = new Map<unknown, Scalar>([
  [Number, { read: exactNumber, code: 'isNumber', detail: 'must be a number' }],
  [Boolean, { read: exactBoolean, code: 'isBoolean', detail: 'must be true or false' }],
  [String, { read: exactString, code: 'isString', detail: 'must be a string' }],
  [Date, { read: exactDate, code: 'isDate', detail: 'must be an ISO 8601 date' }],
]);

/**
 * How to read a declared scalar type: `Number`, `Boolean`, `String`, `Date` or an enum object (which some compilers emit for
 * a parameter of an enum type). `undefined` for every other type.
 *
 * @example
 * ```ts
 * scalarOf(Number)?.read('12'); // 12
 * scalarOf(Number)?.read('1e3'); // undefined
 * ```
 */
export function scalarOf(type: unknown): Scalar | undefined {
  if (typeof type === 'object' && type !== null) return enumScalar(type as Record<string, unknown>);
  return SCALARS.get(type);
}

function exactNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !DECIMAL.test(value) || value === '-0') return undefined;
  const number = Number(value);
  // An integer beyond 2^53 would silently become another one.
  if (Number.isInteger(number) ? !Number.isSafeInteger(number) : !Number.isFinite(number)) return undefined;
  return number;
}

function exactBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function exactString(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function exactDate(value: unknown): Date | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value;
  if (typeof value !== 'number' && !(typeof value === 'string' && ISO_DATE.test(value))) return undefined;
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) return undefined;
  return typeof value === 'string' && !isInCalendar(value) ? undefined : date;
}

/** Whether the month has that day: `new Date('2021-02-30')` is the second of March. */
function isInCalendar(iso: string): boolean {
  const last = new Date(0);
  last.setUTCFullYear(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0);
  return Number(iso.slice(8, 10)) <= last.getUTCDate();
}

function enumScalar(entity: Readonly<Record<string, unknown>>): Scalar {
  // A numeric enum also maps each number back to its name.
  const members = new Set(
    Object.keys(entity)
      .filter((key) => !DECIMAL.test(key))
      .map((key) => entity[key]),
  );
  const read = (value: unknown): unknown => {
    if (members.has(value)) return value;
    const number = exactNumber(value);
    return number !== undefined && members.has(number) ? number : undefined;
  };
  return { read, code: 'isEnum', detail: 'must be one of the declared values' };
}
