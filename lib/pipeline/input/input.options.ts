import { checkOptions, oneOf, wholeNumber } from '../../core/options.js';

/**
 * How input is validated.
 *
 * @example
 * ```ts
 * SecurityModule.forRoot({ …, input: { status: 422, maxArray: 200 } });
 * ```
 */
export interface InputOptions {
  /** The status of an answer to invalid input. Default 400. */
  readonly status?: 400 | 422;
  /** The most elements an array may have where its property has no `@ArrayMaxSize`. 1 to 100,000, default 1,000. */
  readonly maxArray?: number;
}

/** {@link InputOptions}, checked and complete. */
export interface InputSettings {
  readonly status: 400 | 422;
  readonly maxArray: number;
}

/**
 * Checks the `input` options.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 */
export function resolveInput(raw: unknown = {}): InputSettings {
  const options = checkOptions('input', raw, ['status', 'maxArray']);
  return {
    status: oneOf('input.status', options['status'], [400, 422], 400),
    maxArray: wholeNumber('input.maxArray', options['maxArray'], { min: 1, max: 100_000, default: 1000 }),
  };
}
