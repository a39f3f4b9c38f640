import type { DataSource, EntityMetadata } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import { parseId, type ParsedId, type ValueDomain } from '../../policy/value-domain.js';
import { columnValues, type ColumnMetadata } from './column-values.js';

/** The id of one entity: how it is parsed, compared and asked for. */
export interface EntityId {
  readonly parse: (raw: unknown) => ParsedId | undefined;
  /** Equal for an id and the row that has it. */
  readonly rowKey: (idOrRow: ParsedId | object) => string;
}

/**
 * Reads from the metadata how the id of an entity is parsed.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the properties are no unique key, or of a type that has no canonical form
 */
export function entityId(dataSource: DataSource, metadata: EntityMetadata, ids: readonly string[]): EntityId {
  checkUnique(metadata, ids);
  const parts = ids.map((property) => [property, valuesOf(dataSource, metadata, property)] as const);
  const rowKey = (id: object) =>
    JSON.stringify(ids.map((property) => String((id as Record<string, unknown>)[property])));
  return {
    parse: (raw) => parseId(raw, parts),
    rowKey: (id) => (typeof id === 'object' ? rowKey(id) : JSON.stringify([String(id)])),
  };
}

function valuesOf(dataSource: DataSource, metadata: EntityMetadata, property: string): ValueDomain {
  const column = metadata.findColumnWithPropertyPathStrict(property);
  // A relation itself holds an object; the column beside it, which a join row's id is made of, holds the id.
  const related = column?.relationMetadata?.propertyName === property;
  const values = column && !related && column.isSelect && columnValues(column, dataSource);
  if (values) return values;
  throw new SecurityConfigError(
    'resource.invalid',
    `${metadata.name}.${property}`,
    column ? 'cannot be parsed as an id' : 'is not a column',
    'use a selected uuid, integer or text column without transformer as the id',
  );
}

// An id that two rows share would be checked on one of them.
function checkUnique(metadata: EntityMetadata, ids: readonly string[]): void {
  const keys: ReadonlyArray<readonly ColumnMetadata[]> = [
    metadata.primaryColumns,
    ...metadata.uniques.map((unique) => unique.columns),
    ...metadata.indices.filter((index) => index.isUnique && !index.where).map((index) => index.columns),
  ];
  if (keys.some((key) => key.length > 0 && key.every((column) => ids.includes(column.propertyPath)))) return;
  throw new SecurityConfigError(
    'resource.invalid',
    `${metadata.name}.id`,
    `is ${ids.join(' and ')}, which two rows may share`,
    `write the primary key: id: ${JSON.stringify(metadata.primaryColumns.map((column) => column.propertyPath))}`,
  );
}
