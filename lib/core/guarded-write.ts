import type { Denial, MaybePromise } from './decision.js';
import { freezePlain } from './freeze-plain.js';
import { SecurityDenial } from './security-denial.js';

/** What is known of a condition that `@Guarded()` handed over. */
export interface GuardedRows {
  /** How many rows it means. */
  readonly count: number;
  /** Why fewer were changed: asks again what the caller may read of them. */
  readonly refusal: () => MaybePromise<Denial>;
}

// Not a property of the condition, which goes to the data source.
const CONDITIONS = new WeakMap<object, GuardedRows>();

/** Remembers what a condition means, which nobody changes any more. */
export function keepGuarded(condition: object, rows: GuardedRows): void {
  freezePlain(condition);
  CONDITIONS.set(condition, rows);
}

/**
 * Waits for an UPDATE or a DELETE under the condition of `@Guarded()`, and refuses the request where it found fewer rows than were
 * checked: between the check and the write something has changed. An object that the caller may read no longer is 404, any other
 * 409. Of many objects some may then be changed: write them in a transaction, which the refusal rolls back.
 *
 * @param condition what `@Guarded()` handed over, itself
 * @param write the result of the data source: TypeORM's `affected`, Prisma's `count`, `rowCount`, `changes`, `affectedRows` or
 * `rowsAffected` of the drivers below Drizzle, or the list that `returning()` gives
 * @throws {SecurityDenial} `access.changed` (409), `access.missing`, `access.hidden` (404), `access.foreign` (403), `access.loader` (503)
 * @throws {TypeError} for another condition, for more rows than were checked, or a result that says no number of rows
 * @example
 * ```ts
 * async patch(@Loaded() order: Order, @Guarded() mine: WhereOf<Order>, @Body() dto: PatchOrder) {
 *   await guardedWrite(mine, this.orders.update(mine, dto));
 * }
 * ```
 */
export async function guardedWrite<R>(condition: object, write: PromiseLike<R>): Promise<R> {
  const rows = CONDITIONS.get(condition);
  if (!rows) {
    // What has begun by itself is refused when it is done: so that nothing fails unheard, and a transaction can roll it back.
    if (write instanceof Promise) await write.catch(() => undefined);
    throw new TypeError('This is no condition of @Guarded(): hand over the condition itself, not a copy.');
  }
  const result = await write;
  const affected = affectedRows(result);
  if (affected === undefined) {
    throw new TypeError(
      'The result of the write says no number of rows: write .returning() in Drizzle, updateMany in Prisma.',
    );
  }
  if (affected > rows.count) {
    throw new TypeError(
      'The write has changed more rows than were checked: it is not under the condition of @Guarded().',
    );
  }
  if (affected < rows.count) throw new SecurityDenial(await rows.refusal());
  return result;
}

const COUNTS = ['affected', 'count', 'rowCount', 'changes', 'affectedRows', 'rowsAffected'];

/** The number of rows that a result speaks of. */
function affectedRows(result: unknown): number | undefined {
  if (typeof result === 'number') return result;
  if (typeof result !== 'object' || result === null) return undefined;
  const said = COUNTS.map((name) => (result as Readonly<Record<string, unknown>>)[name]);
  const count = said.find((value): value is number => typeof value === 'number');
  if (typeof count === 'number' || !Array.isArray(result)) return count;
  // mysql2 answers [header, fields].
  const [header] = result as unknown[];
  const ofHeader = (header as { affectedRows?: unknown; fieldCount?: unknown } | undefined) ?? {};
  return typeof ofHeader.affectedRows === 'number' && 'fieldCount' in ofHeader
    ? ofHeader.affectedRows
    : result.length;
}
