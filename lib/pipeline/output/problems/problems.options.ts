import type { ExceptionFilter, Type } from '@nestjs/common';
import { SecurityConfigError } from '../../../core/config-error.js';
import { checkOptions, nameOf } from '../../../core/options.js';

/** How failures are answered. */
export interface ProblemsOptions {
  /** The application's own global filters that may answer before `ProblemFilter`. Any other one stops the boot. */
  readonly before?: ReadonlyArray<Type<ExceptionFilter>>;
}

/** {@link ProblemsOptions}, checked and complete. */
export interface ProblemsSettings {
  readonly before: ReadonlyArray<Type<ExceptionFilter>>;
}

/**
 * Checks the `problems` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveProblems(raw: unknown = {}): ProblemsSettings {
  const { before = [] } = checkOptions('problems', raw, ['before']);
  if (!Array.isArray(before) || before.some((filter) => typeof filter !== 'function')) {
    throw new SecurityConfigError(
      'option.invalid',
      'problems.before',
      `is ${nameOf(before)}, not a list of filter classes`,
      'write before: [OutOfStockFilter]',
    );
  }
  return { before: before as Type<ExceptionFilter>[] };
}
