import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Decision, Denial, MaybePromise } from '../../../core/decision.js';
import type { FailureToll, Reporter } from '../../../core/reporter.js';
import type { RequestFacts } from '../../../core/request-facts.js';
import { chargeFailure } from '../../../core/settle-denial.js';
import { errorText } from './error-text.js';
import { answerTo, type ExceptionAnswer } from './exception-answer.js';
import { headOf } from './problem-body.js';
import type { ProblemWriter } from './problem-writer.js';

/**
 * The one way in which a request fails: it is counted against its address where its limits have not been charged, reported once, and
 * answered with a problem.
 */
export class Refusals {
  constructor(
    private readonly toll: FailureToll,
    private readonly reporter: Reporter,
    private readonly writer: ProblemWriter,
    /** Whether the log may hold the messages of errors. Never in production. */
    private readonly development: boolean,
  ) {}

  /** Refuses a request. */
  refuse(denial: Denial, facts: RequestFacts, raw: IncomingMessage, response: ServerResponse): void {
    this.answer({ head: headOf(denial), denial }, undefined, facts, raw, response);
  }

  /** Answers a request in which something was thrown. */
  fail(thrown: unknown, facts: RequestFacts, raw: IncomingMessage, response: ServerResponse): void {
    // The client went away while it was sending: nobody is there to answer, and nothing of ours failed.
    if (facts.plan === undefined && raw.destroyed && !raw.complete) return void response.destroy();
    this.answer(answerTo(thrown, facts.plan !== undefined), thrown, facts, raw, response);
  }

  /** Counts against its address what could not even be read as a request. The 429 where that is exhausted. */
  charge(facts: RequestFacts, denial?: Denial): MaybePromise<Decision> {
    return chargeFailure(facts, this.toll, denial);
  }

  private answer(
    answer: ExceptionAnswer,
    thrown: unknown,
    facts: RequestFacts,
    raw: IncomingMessage,
    response: ServerResponse,
  ): void {
    const finish = (toll: Decision): void => {
      const final = toll === undefined ? answer : { head: headOf(toll), denial: toll };
      this.report(final.denial, thrown, facts, raw);
      const { headers, errors, reason } = final.denial ?? {};
      this.writer.send(final.head, { headers, errors, reason }, facts, response);
    };
    // A refusal by the limits themselves has been counted, or cannot be.
    const reason = answer.denial?.reason;
    const counted = reason === 'state.unavailable' || (reason !== undefined && reason.startsWith('limit.'));
    const toll = counted ? undefined : this.charge(facts, answer.denial);
    if (toll instanceof Promise) void toll.then(finish);
    else finish(toll);
  }

  private report(
    denial: Denial | undefined,
    thrown: unknown,
    facts: RequestFacts,
    raw: IncomingMessage,
  ): void {
    if (denial === undefined) return;
    const explained =
      denial.reason === 'server.error' ? { ...denial, note: errorText(thrown, this.development) } : denial;
    this.reporter.denied(explained, facts, raw);
  }
}
