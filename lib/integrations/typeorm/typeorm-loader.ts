import { In, type DataSource, type EntityMetadata, type FindOptionsWhere, type ObjectLiteral } from 'typeorm';
import type { ResourceLoader } from '../../core/resource-loader.js';
import type { ParsedId } from '../../policy/value-domain.js';
import { entityId } from './entity-id.js';
import { followPath } from './entity-path.js';
import { relationTree } from './relation-tree.js';

/**
 * Loads entities by id in one query, with the relations that the rules read.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the id or a path does not fit the entity
 */
export function typeormLoader<T extends object>(
  dataSource: DataSource,
  metadata: EntityMetadata,
  ids: readonly string[],
  paths: ReadonlyArray<readonly string[]>,
): ResourceLoader<T, ParsedId> {
  const id = entityId(dataSource, metadata, ids);
  const relations = relationTree(paths.flatMap((path) => followPath(metadata, path).relations));
  const single = ids.length === 1 ? ids[0]! : undefined;
  return {
    parseId: id.parse,
    async loadMany(wanted) {
      // An empty list of conditions would mean every row.
      if (wanted.length === 0) return [];
      const where = single === undefined ? wanted : { [single]: In(wanted) };
      const rows = await dataSource.getRepository<ObjectLiteral>(metadata.target).find({
        where: where as FindOptionsWhere<ObjectLiteral> | FindOptionsWhere<ObjectLiteral>[],
        relations,
        // A cached row may still name yesterday's owner.
        cache: false,
      });
      const byKey = new Map(rows.map((row) => [id.keyOf(row), row]));
      return wanted.map((one) => byKey.get(id.keyOf(one)) as T | undefined);
    },
  };
}
