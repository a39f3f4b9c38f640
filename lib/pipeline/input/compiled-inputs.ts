import type { Type } from '@nestjs/common';
import { ClassReader } from './class-reader.js';
import type { InputProblem } from './input-problem.js';
import type { InputSettings } from './input.options.js';
import type { InputMode } from './property-reader.js';

/**
 * The compiled input classes of one application: each class once for bodies and once for text. Shared by the boot audit, which
 * compiles all that handlers declare, and by the pipe.
 */
export class CompiledInputs {
  /**
   * Whether the boot audit has seen every parameter. Without it the pipe is on its own, and refuses what it cannot validate.
   */
  audited = false;
  readonly #readers = { body: new Map<Type, ClassReader>(), text: new Map<Type, ClassReader>() };

  constructor(readonly settings: InputSettings) {}

  /**
   * The reader of a class, compiled on first use.
   *
   * @throws {SecurityConfigError} `input.invalid` for a declaration that can never work.
   */
  readerOf(type: Type, mode: InputMode): ClassReader {
    const readers = this.#readers[mode];
    const present = readers.get(type);
    if (present) return present;
    const reader = new ClassReader(type);
    readers.set(type, reader);
    try {
      reader.compile({
        mode,
        maxArray: this.settings.maxArray,
        readerOf: (nested) => this.readerOf(nested, mode),
      });
    } catch (error) {
      // Half a reader would let things through.
      readers.delete(type);
      throw error;
    }
    return reader;
  }
}

/** The problems of a class and of all that it nests. */
export function problemsOf(reader: ClassReader, seen = new Set<ClassReader>()): InputProblem[] {
  if (seen.has(reader)) return [];
  seen.add(reader);
  return [...reader.problems, ...reader.nestedClasses.flatMap((nested) => problemsOf(nested, seen))];
}
