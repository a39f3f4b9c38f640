import { Page, ProblemException } from 'nestjs-gatehouse';
import { And, Equal, FindOperator, LessThan, type FindOptionsWhere } from 'typeorm';

/** What rows are paged by: newest first, the id where two are of the same moment. */
export interface Keyed {
  readonly id: string;
  readonly createdAt: Date;
}

type Where = Record<string, unknown>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const END_OF_9999 = 253_402_300_799_999;

/** The order that goes with {@link after}. */
export const NEWEST_FIRST = { createdAt: 'DESC', id: 'DESC' } as const;

/** The cursor that continues behind a row. Opaque to clients; it grants nothing, every page is filtered anew. */
export function cursorOf(row: Keyed): string {
  return Buffer.from(JSON.stringify([row.createdAt.getTime(), row.id])).toString('base64url');
}

/**
 * Narrows a query to the rows behind the cursor. `where` may be one condition or several of which one must hold.
 *
 * @throws {ProblemException} 400 where the cursor is not one that {@link cursorOf} made.
 * @example
 * ```ts
 * orders.find({ where: after(mine, page.cursor), order: NEWEST_FIRST, take: page.limit + 1 });
 * ```
 */
export function after<T extends Keyed>(
  where: FindOptionsWhere<T> | ReadonlyArray<FindOptionsWhere<T>>,
  cursor: string | undefined,
): FindOptionsWhere<T>[] {
  const conditions: readonly FindOptionsWhere<T>[] = Array.isArray(where)
    ? (where as readonly FindOptionsWhere<T>[])
    : [where as FindOptionsWhere<T>];
  if (cursor === undefined) return [...conditions];
  const { createdAt, id } = decode(cursor);
  const behind: Where[] = [
    { createdAt: LessThan(createdAt) },
    { createdAt: Equal(createdAt), id: LessThan(id) },
  ];
  return conditions.flatMap((condition) =>
    behind.map((row) => both(condition as Where, row) as FindOptionsWhere<T>),
  );
}

/** A page of the rows that were fetched, one more than `limit` where there are more. */
export function pageOf<T extends Keyed>(rows: readonly T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  return new Page(items, rows.length > limit ? cursorOf(items.at(-1)!) : null);
}

function both(condition: Where, row: Where): Where {
  const merged: Where = { ...condition };
  for (const [key, value] of Object.entries(row)) {
    merged[key] = key in condition ? And(operator(condition[key]), operator(value)) : value;
  }
  return merged;
}

function operator(value: unknown): FindOperator<unknown> {
  return value instanceof FindOperator ? (value as FindOperator<unknown>) : Equal(value);
}

function decode(cursor: string): Keyed {
  try {
    const [time, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as [unknown, unknown];
    const row = { createdAt: new Date(time as number), id: id as string };
    const valid =
      Number.isSafeInteger(time) &&
      (time as number) >= 0 &&
      (time as number) <= END_OF_9999 &&
      typeof id === 'string' &&
      UUID.test(id);
    if (valid && cursorOf(row) === cursor) return row;
  } catch {
    // Not a cursor of ours; answered below.
  }
  throw new ProblemException({
    status: 400,
    type: 'https://shop.example/problems/invalid-cursor',
    title: 'Invalid cursor',
  });
}
