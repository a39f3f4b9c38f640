import type { Consumed, StateOp, StateResult } from '../../core/state-store.js';
import { restoredText } from './stored-text.js';

/**
 * Reads what the function in the database answered.
 *
 * @throws Error where it is not one result of the right kind for each operation: a caller must never take an answer for another
 */
export function readResults(batch: readonly StateOp[], json: unknown): readonly StateResult[] {
  const answers: unknown = typeof json === 'string' ? JSON.parse(json) : undefined;
  if (!Array.isArray(answers) || answers.length !== batch.length) throw wrongAnswer();
  return batch.map((op, index) => readResult(op, answers[index]));
}

function readResult({ op }: StateOp, answer: unknown): StateResult {
  switch (op) {
    case 'read':
      if (answer === null) return undefined;
      if (typeof answer === 'string') return restoredText(answer);
      break;
    case 'claim':
    case 'compareAndSet':
      if (typeof answer === 'boolean') return answer;
      break;
    case 'consume':
      if (isConsumed(answer)) return answer;
      break;
    default:
      if (answer === null) return undefined;
  }
  throw wrongAnswer();
}

function isConsumed(answer: unknown): answer is Consumed {
  if (typeof answer !== 'object' || answer === null) return false;
  const { allowed, remaining, retryAfter, resetAfter } = answer as Record<keyof Consumed, unknown>;
  return (
    typeof allowed === 'boolean' && [remaining, retryAfter, resetAfter].every((n) => Number.isSafeInteger(n))
  );
}

function wrongAnswer(): Error {
  return new Error(
    'postgresState got an answer that does not fit its batch: its pool or its function in the database is not what it should be. ' +
      'Hand it the Pool of pg, and let nothing else replace the function.',
  );
}
