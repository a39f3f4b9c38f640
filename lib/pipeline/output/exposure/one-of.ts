import { isPlain } from '../../../core/is-plain.js';
import { prototypeOf } from './lineage.js';
import type { Encode } from './encoder.js';
import { REDACTED } from './read-check.js';
import { refuse } from './refusal.js';
import type { Element } from './slot.js';
import type { AnyClass } from './class-transformer-metadata.js';

/**
 * Writes an object by the rules of the one class among several that it is an instance of; a plain row is told by its
 * discriminator. Where that property is exposed, the response names the class.
 *
 * @throws {SecurityDenial} `output.undeclared` for an object of any other class.
 */
export function oneOf(
  { property, alternatives }: Extract<Element, { kind: 'oneOf' }>,
  where: string,
  encoderOf: (type: AnyClass) => Encode,
): Encode {
  const choices = alternatives.map(({ name, type }) => ({
    name,
    prototype: prototypeOf(type),
    encode: encoderOf(type),
  }));
  return (value, walk, owned) => {
    if (value === undefined || value === null) return value;
    if (typeof value !== 'object') return refuse(where, 'is no object');
    const prototype: unknown = Object.getPrototypeOf(value);
    const plain = isPlain(value);
    const choice = choices.find((option) =>
      plain ? (value as Record<string, unknown>)[property] === option.name : prototype === option.prototype,
    );
    if (!choice) return refuse(where, 'is of none of the classes that its @Type names');
    const written = choice.encode(value, walk, owned);
    if (written === REDACTED) return written;
    const out = written as Record<string, unknown>;
    if (Object.hasOwn(out, property)) out[property] = choice.name;
    return out;
  };
}
