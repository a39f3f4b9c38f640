import { HttpException } from '@nestjs/common';
import type { Denial } from './decision.js';
import { PROBLEMS } from './problem.js';
import { REASONS } from './reason.js';

/**
 * The exception that carries a {@link Denial} through Nest. `ProblemFilter` turns it into a problem body; an application's
 * filter that is named in `problems.before` may read `denial.reason`.
 *
 * @example
 * ```ts
 * throw new SecurityDenial({ reason: 'access.role' }); // 403
 * ```
 */
export class SecurityDenial extends HttpException {
  constructor(readonly denial: Denial) {
    const { status, problem } = REASONS[denial.reason];
    super(PROBLEMS[problem], denial.status ?? status);
    this.name = 'SecurityDenial';
  }
}
