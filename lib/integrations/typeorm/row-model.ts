import type { DataSource, EntityMetadata } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import type { RowModel } from '../../policy/compile-rows.js';
import type { PathLeaf } from '../../policy/rule.js';
import { columnValues, comparesExactly, holdsConstant } from './column-values.js';
import { followPath, relationAt } from './entity-path.js';

/**
 * An entity as rules see it.
 *
 * @throws {SecurityConfigError} `resource.invalid` (when asked) where a comparison means something else in the database than in memory
 */
export function rowModel(dataSource: DataSource, root: EntityMetadata): RowModel {
  return {
    relation(path) {
      const relation = relationAt(root, path);
      if (!relation) return undefined;
      return relation.isOneToMany || relation.isManyToMany ? 'many' : 'one';
    },
    column(leaf) {
      const { column, holder } = followPath(root, leaf.path);
      const name = `${holder.name}.${column.propertyPath}`;
      if (leaf.kind === 'where') {
        const { value } = leaf;
        const fits =
          value === null
            ? !column.transformer
            : holdsConstant(column, dataSource, value) &&
              (typeof value !== 'string' || comparesExactly(column, dataSource));
        if (!fits) throw cannotAsk(root, leaf, `${name} cannot be compared with this ${typeof value}`);
        return () => undefined;
      }
      const values = columnValues(column, dataSource, Infinity);
      if (values && comparesExactly(column, dataSource)) return (raw) => values.parse(raw);
      const whose = leaf.kind === 'owner' ? "a caller's id" : `${leaf.of} of a caller`;
      throw cannotAsk(root, leaf, `${name} cannot be compared with ${whose}`);
    },
  };
}

function cannotAsk(root: EntityMetadata, { path }: PathLeaf, problem: string): SecurityConfigError {
  return new SecurityConfigError(
    'resource.invalid',
    `${root.name}: ${path.join('.')}`,
    `cannot be part of a list rule: ${problem} with the same result in the database and in memory`,
    'rule on a uuid, integer, boolean or text column without transformer. Text in MySQL needs a collation that tells every two texts apart (utf8mb4_0900_bin); SQL Server has none',
  );
}
