import type { Consumed, Rate, StateOp, StateResult } from '../../core/state-store.js';
import { shortKey } from '../../kit/state/short-key.js';

/** The key of an operation in Redis. */
export const redisKey = (prefix: string, op: StateOp): string => prefix + shortKey(op.key);

/** The fields of a batch as the script reads them. */
export function fieldsOf(batch: readonly StateOp[]): string[] {
  const fields: string[] = [];
  for (const op of batch) fields.push(op.op, ...fieldsOfOne(op));
  return fields;
}

function fieldsOfOne(op: StateOp): string[] {
  switch (op.op) {
    case 'put':
      return [op.value, String(op.ttl)];
    case 'claim':
      return [String(op.ttl)];
    case 'compareAndSet':
      return [flag(op.expected !== undefined), op.expected ?? '', op.value, String(op.ttl)];
    case 'consume':
      return [...fieldsOfRate(op.rate), String(op.cost), flag(op.enforced)];
    case 'refund':
      return [...fieldsOfRate(op.rate), String(op.cost)];
    default:
      return [];
  }
}

const flag = (value: boolean): string => (value ? '1' : '0');

function fieldsOfRate({ algorithm, limit, period, burst, block }: Rate): string[] {
  return [algorithm, String(limit), String(period), String(burst), String(block)];
}

/** The script's replies: one for each operation, in the type of the client. */
export function repliesOf(reply: unknown, count: number): readonly unknown[] {
  if (Array.isArray(reply) && reply.length === count) return reply;
  throw new Error('Redis answered a batch with something else than one reply an operation (redisState).');
}

/** The result of one operation. */
export function resultOf(op: StateOp, reply: unknown): StateResult {
  switch (op.op) {
    case 'read':
      return textOf(reply);
    case 'claim':
    case 'compareAndSet':
      return Number(reply) === 1;
    case 'consume':
      return consumedOf(reply);
    default:
      return undefined;
  }
}

function textOf(reply: unknown): string | undefined {
  if (reply === null || reply === undefined) return undefined;
  if (typeof reply === 'string') return reply;
  throw new Error('Redis answered a read with something else than text (redisState).');
}

/** What a limit answers; a refund says the same of what is left. */
export function consumedOf(reply: unknown): Consumed {
  // Some clients can be set to answer numbers as text.
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  if (numbers.length !== 4 || !numbers.every(Number.isInteger)) {
    throw new Error('Redis answered a limit with something else than four whole numbers (redisState).');
  }
  const [allowed, remaining, retryAfter, resetAfter] = numbers as [number, number, number, number];
  return { allowed: allowed === 1, remaining, retryAfter, resetAfter };
}
