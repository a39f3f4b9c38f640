import { checkOptions, invalidOption, wholeNumber } from '../../core/options.js';
import { inTime } from '../state/in-time.js';

/** Puts one question to a remote decision point. It honours the signal, and throws for whatever is no answer. */
export type AskDecision<Question, Answer> = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** What bounds the questions to a remote decision point. */
export interface DecisionPointOptions {
  /** After so many milliseconds there is no answer. 1 to 30,000; default 1000. */
  readonly deadline?: number;
  /** So many questions at most are under way at once; more are refused at once. 1 to 10,000; default 100. */
  readonly concurrency?: number;
}

/** Why a decision point gave no answer: too many questions are under way, it did not answer in time, or it failed. */
export type UnavailableKind = 'busy' | 'late' | 'failed';

/** Thrown where a decision point gives no answer. A policy that lets it through makes it a 503, `access.policy-unavailable`. */
export class DecisionUnavailable extends Error {
  override readonly name = 'DecisionUnavailable';

  constructor(
    readonly kind: UnavailableKind,
    options?: ErrorOptions,
  ) {
    super(`no decision: ${kind}`, options);
  }
}

const KEYS = ['deadline', 'concurrency'];

/**
 * A remote decision point (PDP) for policies: with a deadline, with a bound of questions under way, and fail-closed. Nothing is
 * remembered: a decision is as old as its request.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 * @example
 * ```ts
 * const fga = new DecisionPoint((question: FgaTuple, signal) => check(question, signal), { deadline: 500 });
 * if (await fga.ask({ user: 'user:alice', relation: 'refunder', object: 'order:1' })) …
 * ```
 */
export class DecisionPoint<Question, Answer = boolean> {
  readonly #put: AskDecision<Question, Answer>;
  readonly #deadline: number;
  readonly #concurrency: number;
  #underWay = 0;

  constructor(put: AskDecision<Question, Answer>, options: DecisionPointOptions = {}) {
    if (typeof put !== 'function') {
      throw invalidOption('DecisionPoint', put, 'write a function: (question, signal) => fetch(…)');
    }
    const { deadline, concurrency } = checkOptions('DecisionPoint', options, KEYS);
    this.#put = put;
    this.#deadline = wholeNumber('DecisionPoint.deadline', deadline, { min: 1, max: 30_000, default: 1000 });
    this.#concurrency = wholeNumber('DecisionPoint.concurrency', concurrency, {
      min: 1,
      max: 10_000,
      default: 100,
    });
  }

  /**
   * The answer to one question.
   *
   * @throws {DecisionUnavailable} where there is none
   */
  async ask(question: Question): Promise<Awaited<Answer>> {
    if (this.#underWay >= this.#concurrency) throw new DecisionUnavailable('busy');
    this.#underWay++;
    const stop = new AbortController();
    try {
      return await inTime(
        this.#put(question, stop.signal),
        this.#deadline,
        () => new DecisionUnavailable('late'),
      );
    } catch (error) {
      if (error instanceof DecisionUnavailable) throw error;
      throw new DecisionUnavailable('failed', { cause: error });
    } finally {
      this.#underWay--;
      // Whoever asked has an answer, or needs none any more.
      stop.abort();
    }
  }
}
