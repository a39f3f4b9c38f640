import type { IncomingMessage } from 'node:http';
import type { Denial, MaybePromise } from './decision.js';
import type { FailureToll, Reporter } from './reporter.js';
import type { RequestFacts } from './request-facts.js';

/**
 * What every refusal goes through, wherever it was decided: a request that was not yet counted is counted against its address,
 * which may turn the refusal into a 429, and the result is reported once.
 */
export function settleDenial(
  denial: Denial,
  facts: RequestFacts,
  raw: IncomingMessage,
  toll: FailureToll,
  reporter: Reporter,
): MaybePromise<Denial> {
  const settle = (limited: Denial | undefined): Denial => {
    const settled = limited ?? denial;
    reporter.denied(settled, facts, raw);
    return settled;
  };
  if (facts.charged) return settle(undefined);
  const charged = toll.charge(facts, raw);
  return charged instanceof Promise ? charged.then(settle) : settle(charged);
}
