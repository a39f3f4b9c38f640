import type { DataSource, EntityManager } from 'typeorm';

const LAST = new WeakMap<DataSource, Promise<unknown>>();

/** Runs `work` in a transaction. SQLite in memory is one connection, on which they come one after the other. */
export function inTransaction<T>(
  { dataSource }: EntityManager,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  if (dataSource.options.type !== 'sqljs') return dataSource.transaction(work);
  const done = Promise.resolve(LAST.get(dataSource)).then(() => dataSource.transaction(work));
  LAST.set(
    dataSource,
    done.catch(() => undefined),
  );
  return done;
}
