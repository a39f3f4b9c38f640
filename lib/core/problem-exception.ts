import { HttpException } from '@nestjs/common';

/**
 * A 4xx answer that the application words itself: its `type` and `title` are sent as they are. Every other
 * `HttpException` is answered with its status alone, because exception messages carry input and internals.
 *
 * @throws {RangeError} when `status` is not a 4xx status.
 * @see https://www.rfc-editor.org/rfc/rfc9457#section-3.1
 * @example
 * ```ts
 * throw new ProblemException({ status: 409, type: 'https://shop.example/problems/out-of-stock', title: 'Out of stock' });
 * ```
 */
export class ProblemException extends HttpException {
  readonly type: string;
  readonly title: string;

  constructor(problem: { readonly status: number; readonly type: string; readonly title: string }) {
    if (!(problem.status >= 400 && problem.status <= 499)) {
      throw new RangeError(`ProblemException: status is ${problem.status}; write one from 400 to 499.`);
    }
    super(problem.title, problem.status);
    this.name = 'ProblemException';
    this.type = problem.type;
    this.title = problem.title;
  }
}
