import { isoDate } from '../../../kit/json/iso-date.js';
import { kindOf, refuse } from './refusal.js';

// A Date that says anything else about itself, or an application that has replaced these for all, is asked.
const { toJSON, toISOString } = Date.prototype;

/**
 * A value that has no properties of its own to hide, ready for JSON: strings, numbers, booleans and null as they are, a Date as
 * ISO 8601, a BigInt as its decimal string, anything else only through a `toJSON` that gives a scalar (Decimal, ObjectId, URL).
 *
 * @throws {SecurityDenial} `output.undeclared` for objects, arrays, functions, symbols and buffers.
 */
export function scalar(value: unknown, where: string): unknown {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : scalarObject(value, where);
    default:
      return refuse(where, `is ${kindOf(value)}, which no response can hold`);
  }
}

/** What `@Returns(String)`, `@Returns(Number)` and `@Returns(Boolean)` declare. */
export type BareKind = 'string' | 'number' | 'boolean';

/**
 * A bare value of a declared kind: what {@link scalar} makes of it has to be of that kind, so a BigInt is no number. `undefined` and
 * `null` pass.
 *
 * @throws {SecurityDenial} `output.undeclared` for a value of another kind.
 */
export function bare(kind: BareKind, where: string): (value: unknown) => unknown {
  return (value) => {
    const written = scalar(value, where);
    if (written === undefined || written === null || typeof written === kind) return written;
    return refuse(where, `is ${kindOf(value)}, where a ${kind} is declared`);
  };
}

function scalarObject(value: object, where: string): unknown {
  if (value instanceof Date && value.toJSON === toJSON && value.toISOString === toISOString) {
    const time = value.getTime();
    return Number.isNaN(time) ? null : isoDate(time);
  }
  const { toJSON: own } = value as { toJSON?: unknown };
  const json: unknown = typeof own === 'function' ? own.call(value) : value;
  if (json === null || (typeof json !== 'object' && typeof json !== 'function')) return scalar(json, where);
  return refuse(
    where,
    `is ${kindOf(value)}, and no class is declared for it; write { type: () => Class } and expose its properties, or { type: () => Object } for a JSON column`,
  );
}
