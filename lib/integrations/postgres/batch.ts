import { hash } from 'node:crypto';
import type { Rate, StateOp } from '../../core/state-store.js';
import { VERSION } from './run-sql.js';
import { storedText } from './stored-text.js';

/** What a row holds. A key has a row for each, so that an operation of one kind never reads or replaces another. */
type Kind = 'value' | Rate['algorithm'];

interface Row {
  readonly id: string;
  /** Whether the batch may change it. Readers of a row do not wait for each other. */
  write: boolean;
}

/**
 * A batch as the function in the database takes it: the rows that it touches, each once, and the operations with the numbers of
 * their rows.
 */
export function batchJson(batch: readonly StateOp[]): string {
  const rows: Row[] = [];
  const numbers = new Map<string, number>();
  const rowOf = (kind: Kind, key: string, write = true): number => {
    const id = rowId(kind, key);
    let number = numbers.get(id);
    if (number === undefined) numbers.set(id, (number = rows.push({ id, write: false })));
    rows[number - 1]!.write ||= write;
    return number;
  };
  const ops = batch.map((op) => opJson(op, rowOf));
  return JSON.stringify({ version: VERSION, rows, ops });
}

// Always a hash: keys may be long and hold what PostgreSQL's text cannot, and the table names no user or address. Of UTF-16, because
// in UTF-8 all halves of surrogate pairs are the same.
function rowId(kind: Kind, key: string): string {
  return hash('sha256', Buffer.from(`${kind}:${key}`, 'utf16le'));
}

function opJson(op: StateOp, rowOf: (kind: Kind, key: string, write?: boolean) => number): object {
  switch (op.op) {
    case 'read':
      return { op: op.op, row: rowOf('value', op.key, false) };
    case 'put':
      return { op: op.op, row: rowOf('value', op.key), value: storedText(op.value), ttl: op.ttl };
    case 'claim':
      return { op: op.op, row: rowOf('value', op.key), value: storedText(''), ttl: op.ttl };
    case 'compareAndSet':
      return {
        op: op.op,
        row: rowOf('value', op.key),
        expected: op.expected === undefined ? undefined : storedText(op.expected),
        value: storedText(op.value),
        ttl: op.ttl,
      };
    case 'remove':
      return {
        op: op.op,
        rows: [rowOf('value', op.key), rowOf('gcra', op.key), rowOf('log', op.key)],
      };
    case 'consume':
      return { op: op.op, enforced: op.enforced, ...chargeJson(op, rowOf) };
    default:
      return { op: op.op, ...chargeJson(op, rowOf) };
  }
}

function chargeJson(
  { key, rate, cost }: { key: string; rate: Rate; cost: number },
  rowOf: (kind: Kind, key: string) => number,
): object {
  const { algorithm, limit, period, burst, block } = rate;
  return { row: rowOf(algorithm, key), cost, algorithm, limit, period, burst, block };
}
