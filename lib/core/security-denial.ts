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
  readonly denial: Denial;

  constructor(denial: Denial) {
    const { status, problem } = REASONS[denial.reason];
    const { stackTraceLimit } = Error;
    // A refusal is an answer and no accident: nobody reads its stack, and whoever is refused should not cost one.
    if (CAN_LEAVE_OUT_STACK) Error.stackTraceLimit = 0;
    super(PROBLEMS[problem], denial.status ?? status);
    if (CAN_LEAVE_OUT_STACK) Error.stackTraceLimit = stackTraceLimit;
    this.name = 'SecurityDenial';
    this.denial = denial;
  }
}

// Not so where the intrinsics are frozen.
const CAN_LEAVE_OUT_STACK = Object.getOwnPropertyDescriptor(Error, 'stackTraceLimit')?.writable === true;
