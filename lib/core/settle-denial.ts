import type { IncomingMessage } from 'node:http';
import type { Decision, Denial, MaybePromise } from './decision.js';
import type { FailureToll, Reporter } from './reporter.js';
import type { RequestFacts } from './request-facts.js';

/**
 * Counts a request that failed before its limits were charged against its address. The 429 where that is exhausted, the 503 where
 * nobody can say; a toll that itself fails must not hide the failure that is being answered.
 */
export function chargeFailure(
  facts: RequestFacts,
  toll: FailureToll,
  denial?: Denial,
): MaybePromise<Decision> {
  if (facts.charged) return undefined;
  try {
    const charged = toll.charge(facts, denial);
    return charged instanceof Promise ? charged.catch(() => undefined) : charged;
  } catch {
    return undefined;
  }
}

/**
 * What every refusal of a guard goes through: a request that was not yet counted is counted, which may turn the refusal into a
 * 429, and the result is reported once.
 */
export function settleDenial(
  denial: Denial,
  facts: RequestFacts,
  raw: IncomingMessage,
  toll: FailureToll,
  reporter: Reporter,
): MaybePromise<Denial> {
  const settle = (limited: Decision): Denial => {
    const settled = limited ?? denial;
    reporter.denied(settled, facts, raw);
    return settled;
  };
  const charged = chargeFailure(facts, toll, denial);
  return charged instanceof Promise ? charged.then(settle) : settle(charged);
}
