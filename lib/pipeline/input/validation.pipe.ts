import { Inject, Injectable, Optional } from '@nestjs/common';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { SecurityDenial } from '../../core/security-denial.js';
import { argumentReader, type ArgumentReader } from './argument-reader.js';
import { CompiledInputs } from './compiled-inputs.js';
import { InputWalk } from './input-walk.js';
import { resolveInput, type InputOptions } from './input.options.js';

/**
 * Lets through what the parameter's class declares and nothing else, with class-validator's verdicts. Unknown properties are
 * refused. A body is not converted; a query or path value becomes exactly its declared type or is refused. At most 20 errors,
 * none of which repeats a value. Answers 400, or 422 by option.
 *
 * `SecurityModule` makes it global. By hand, without the module's boot audit, it refuses a parameter whose type says nothing.
 *
 * @throws {SecurityDenial} `input.invalid`
 * @see https://owasp.org/API-Security/editions/2023/en/0xa3-broken-object-property-level-authorization/
 * @example
 * ```ts
 * app.useGlobalPipes(new SecurityValidationPipe({ status: 422 }));
 * ```
 */
@Injectable()
export class SecurityValidationPipe implements PipeTransform {
  readonly #inputs: CompiledInputs;
  readonly #readers = {
    body: new Map<unknown, ArgumentReader>(),
    whole: new Map<unknown, ArgumentReader>(),
    named: new Map<unknown, ArgumentReader>(),
  };

  constructor(@Optional() @Inject(CompiledInputs) inputs?: CompiledInputs | InputOptions) {
    this.#inputs = inputs instanceof CompiledInputs ? inputs : new CompiledInputs(resolveInput(inputs));
  }

  /** The value as declared; a promise only where a constraint is asynchronous. */
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'custom') return value;
    const walk = new InputWalk(metadata.data);
    const made = this.#reader(metadata)(value, walk);
    if (walk.pending.length === 0) return this.#settle(made, walk);
    return Promise.all(walk.pending).then(() => this.#settle(made, walk));
  }

  #reader({ metatype, type, data }: ArgumentMetadata): ArgumentReader {
    const named = data !== undefined;
    const readers = this.#readers[type === 'body' ? 'body' : named ? 'named' : 'whole'];
    let reader = readers.get(metatype);
    if (!reader) {
      reader = argumentReader(metatype, type === 'body' ? 'body' : 'text', named, this.#inputs);
      readers.set(metatype, reader);
    }
    return reader;
  }

  #settle(made: unknown, walk: InputWalk): unknown {
    if (walk.errors.length === 0) return made;
    throw new SecurityDenial({
      reason: 'input.invalid',
      errors: walk.errors,
      logged: walk.logged,
      status: this.#inputs.settings.status,
    });
  }
}
