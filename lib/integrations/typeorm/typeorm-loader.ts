import {
  In,
  type DataSource,
  type EntityManager,
  type EntityMetadata,
  type FindOptionsWhere,
  type ObjectLiteral,
} from 'typeorm';
import type { RequestTransactionOf } from '../../core/request-transaction.js';
import type { ResourceLoader } from '../../core/resource-loader.js';
import type { ParsedId } from '../../policy/value-domain.js';
import { entityId } from './entity-id.js';
import { followPath } from './entity-path.js';
import { relationTree } from './relation-tree.js';

/** Gives the `EntityManager` of a request's transaction. */
export type RequestTransaction = RequestTransactionOf<EntityManager>;

/**
 * Loads entities by id in one query, with the relations that the rules read.
 *
 * @param transactions where the rows of a request are locked; without it none are
 * @throws {SecurityConfigError} `resource.invalid` where the id or a path does not fit the entity
 */
export function typeormLoader<T extends object>(
  dataSource: DataSource,
  metadata: EntityMetadata,
  ids: readonly string[],
  paths: ReadonlyArray<readonly string[]>,
  transactions?: RequestTransaction,
): ResourceLoader<T, ParsedId> {
  const id = entityId(dataSource, metadata, ids);
  const relations = relationTree(paths.flatMap((path) => followPath(metadata, path).relations));
  const single = ids.length === 1 ? ids[0]! : undefined;
  return {
    // SQLite has one writer and no row locks.
    locks:
      transactions !== undefined &&
      !/sqlite|sqljs|capacitor|cordova|expo|nativescript/.test(dataSource.options.type),
    parseId: id.parse,
    async loadMany(wanted, lock) {
      // An empty list of conditions would mean every row.
      if (wanted.length === 0) return [];
      const where = (single === undefined ? wanted : { [single]: In(wanted) }) as
        FindOptionsWhere<ObjectLiteral> | FindOptionsWhere<ObjectLiteral>[];
      const manager = lock ? await transactions!.transaction(lock.request) : dataSource.manager;
      if (manager.connection !== dataSource) throw new TypeError('The transaction is of another DataSource.');
      const repository = manager.getRepository<ObjectLiteral>(metadata.target);
      if (lock) {
        // By themselves: the rows of outer joins cannot be locked. What is read behind it is what is locked.
        await repository.find({
          where,
          select: Object.fromEntries(metadata.primaryColumns.map((column) => [column.propertyName, true])),
          order: Object.fromEntries(metadata.primaryColumns.map((column) => [column.propertyName, 'ASC'])),
          loadEagerRelations: false,
          // TypeORM refuses it outside of a transaction.
          lock: { mode: 'pessimistic_write' },
          cache: false,
        });
      }
      const rows = await repository.find({
        where,
        relations,
        // A cached row may still name yesterday's owner.
        cache: false,
      });
      const byKey = new Map(rows.map((row) => [id.rowKey(row), row]));
      return wanted.map((one) => byKey.get(id.rowKey(one)) as T | undefined);
    },
  };
}
