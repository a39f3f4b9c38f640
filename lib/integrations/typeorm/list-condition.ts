import type { DataSource, EntityMetadata } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import type { Alternative } from '../../policy/alternatives.js';
import type { RuleValue } from '../../policy/rule.js';
import {
  columnValues,
  holdsConstant,
  isText,
  type ColumnMetadata,
  type ColumnValues,
} from './column-values.js';
import { followPath, type EntityPath } from './entity-path.js';

/** All that one alternative says of one column. */
export interface ColumnCondition {
  readonly path: readonly string[];
  /** The column holds the caller's id, parsed by this. */
  owner?: ColumnValues;
  /** The column holds this; `null` is SQL's NULL. */
  value?: RuleValue;
  /** The row of the column is there at all. */
  present?: boolean;
}

/** One alternative, compiled: the roles that it needs and what it says of each column. */
export interface ListCondition {
  readonly roles: readonly string[];
  readonly columns: readonly ColumnCondition[];
}

/**
 * Compiles one alternative. `undefined` where its conditions contradict each other, so that no row fits.
 *
 * @throws {SecurityConfigError} `resource.invalid` where a condition means something else in the database than in memory
 */
export function listCondition(
  dataSource: DataSource,
  metadata: EntityMetadata,
  alternative: Alternative,
): ListCondition | undefined {
  const roles: string[] = [];
  const columns = new Map<string, ColumnCondition>();
  const of = (path: readonly string[]): ColumnCondition => {
    const key = path.join('.');
    const condition = columns.get(key) ?? { path };
    columns.set(key, condition);
    return condition;
  };
  for (const leaf of alternative) {
    if (leaf.kind === 'role') {
      roles.push(leaf.role);
    } else if (leaf.kind === 'owner') {
      const target = followPath(metadata, leaf.path);
      of(leaf.path).owner = ownerValues(dataSource, metadata, target, leaf.path);
    } else {
      const target = followPath(metadata, leaf.property);
      checkConstant(dataSource, metadata, target, leaf.property, leaf.value);
      const condition = of(leaf.property);
      if (condition.value !== undefined && condition.value !== leaf.value) return undefined;
      condition.value = leaf.value;
      // A row that is not there has NULL everywhere in a join, and no value at all in memory.
      if (leaf.value === null && target.relations.length > 0) of(keyPath(metadata, target)).present = true;
    }
  }
  const all = [...columns.values()];
  const contradicts = all.some(
    ({ value, owner, present }) => value === null && (owner ?? present) !== undefined,
  );
  return contradicts ? undefined : { roles, columns: all };
}

function ownerValues(
  dataSource: DataSource,
  root: EntityMetadata,
  { column, holder }: EntityPath,
  path: readonly string[],
): ColumnValues {
  const values = columnValues(column, dataSource, Infinity);
  if (values && comparesExactly(column, dataSource)) return values;
  throw cannotAsk(root, path, `${holder.name}.${column.propertyPath} cannot be compared with a caller's id`);
}

function checkConstant(
  dataSource: DataSource,
  root: EntityMetadata,
  { column, holder }: EntityPath,
  path: readonly string[],
  value: RuleValue,
): void {
  const fits =
    value === null
      ? !column.transformer
      : holdsConstant(column, dataSource, value) &&
        (typeof value !== 'string' || comparesExactly(column, dataSource));
  if (fits) return;
  throw cannotAsk(
    root,
    path,
    `${holder.name}.${column.propertyPath} cannot be compared with this ${typeof value}`,
  );
}

// Unless the column says otherwise, these take 'Alice' and 'alice' for one.
const IGNORE_CASE = new Set<string>(['mysql', 'mariadb', 'aurora-mysql', 'mssql']);

/** Whether the database tells every two values of the column apart, as memory does. */
function comparesExactly(column: ColumnMetadata, dataSource: DataSource): boolean {
  const { collation } = column;
  if (collation) return !/_ci(?:_|$)|nocase/i.test(collation);
  return !IGNORE_CASE.has(dataSource.options.type) || !isText(column);
}

function keyPath(root: EntityMetadata, { holder, relations }: EntityPath): readonly string[] {
  const key = holder.primaryColumns.find((column) => !column.relationMetadata);
  if (key) return [...relations.at(-1)!, ...key.propertyPath.split('.')];
  throw cannotAsk(
    root,
    relations.at(-1)!,
    `${holder.name} has no primary column of its own that tells whether a row is there`,
  );
}

function cannotAsk(root: EntityMetadata, path: readonly string[], problem: string): SecurityConfigError {
  return new SecurityConfigError(
    'resource.invalid',
    `${root.name}: ${path.join('.')}`,
    `cannot be part of a list rule: ${problem} with the same result in the database and in memory`,
    'rule on a uuid, text, integer or boolean column without transformer and with a case-sensitive collation, which MySQL and SQL Server have to be told',
  );
}
