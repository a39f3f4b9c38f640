import type { DataSource, EntityMetadata } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ColumnMetadata } from './column-values.js';

/** TypeORM's description of a relation, whose class it does not export. */
export type RelationMetadata = EntityMetadata['relations'][number];

/** Writes names as the database takes them. */
export interface SqlNames {
  table(metadata: EntityMetadata): string;
  column(alias: string, column: ColumnMetadata): string;
  alias(name: string): string;
}

/** The names of a data source. */
export function sqlNames({ driver }: DataSource): SqlNames {
  const alias = (name: string) => driver.escape(name);
  return {
    alias,
    table: (metadata) => metadata.tablePath.split('.').map(alias).join('.'),
    column: (from, column) => `${from}.${alias(column.databaseName)}`,
  };
}

/**
 * `FROM … WHERE …` of the rows that a relation leads to from the row `from`, without those that were soft-deleted: the loader does
 * not load them either.
 *
 * @param from the escaped alias of the row
 * @param as the name of the related row
 * @throws {SecurityConfigError} `resource.invalid` where the relation has no columns to join by
 */
export function relatedRows(names: SqlNames, relation: RelationMetadata, from: string, as: string): string {
  const to = names.alias(as);
  const target = relation.inverseEntityMetadata;
  const tables = [`${names.table(target)} ${to}`];
  const conditions: string[] = [];
  const equal = (left: string, column: ColumnMetadata, right: string) =>
    conditions.push(`${names.column(left, column)} = ${names.column(right, referenced(column))}`);
  const { junctionEntityMetadata: junction, inverseRelation: inverse } = relation;
  if (junction) {
    const between = names.alias(`${as}j`);
    tables.push(`${names.table(junction)} ${between}`);
    const [mine, theirs] = relation.isOwning
      ? [junction.ownerColumns, junction.inverseColumns]
      : [junction.inverseColumns, junction.ownerColumns];
    for (const column of mine) equal(between, column, from);
    for (const column of theirs) equal(between, column, to);
  } else if (relation.isOwning) {
    for (const column of relation.joinColumns) equal(from, column, to);
  } else {
    for (const column of inverse?.joinColumns ?? []) equal(to, column, from);
  }
  if (conditions.length === 0) {
    throw new SecurityConfigError(
      'resource.invalid',
      `${relation.entityMetadata.name}.${relation.propertyPath}`,
      'has no columns to join by',
      'rule on a relation that TypeORM maps by columns',
    );
  }
  const { deleteDateColumn } = target;
  if (deleteDateColumn) conditions.push(`${names.column(to, deleteDateColumn)} IS NULL`);
  return `FROM ${tables.join(', ')} WHERE ${conditions.join(' AND ')}`;
}

function referenced(column: ColumnMetadata): ColumnMetadata {
  return column.referencedColumn!;
}
