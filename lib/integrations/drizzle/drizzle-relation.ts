import { getTableColumns, is, Table, type Column } from 'drizzle-orm';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, nameOf, nearest } from '../../core/options.js';
import { isKey } from './drizzle-columns.js';

/** How a relation that rules follow is joined. */
export interface DrizzleRelation {
  readonly table: Table;
  /** Which property of the row equals which of the related row: `{ accountId: 'id' }`. */
  readonly on: Readonly<Record<string, string>>;
  /** `true`: a list of rows. Default: one row or `null`. */
  readonly many?: boolean;
  /** The relations of the related row. */
  readonly relations?: DrizzleRelations;
}

/** Relations by the property under which rules know them. */
export type DrizzleRelations = Readonly<Record<string, DrizzleRelation>>;

/** A table with its columns by property, and its relations, checked. */
export interface TableNode {
  readonly table: Table;
  readonly columns: Readonly<Record<string, Column>>;
  readonly relations: ReadonlyMap<string, RelationNode>;
}

/** A relation, checked. */
export interface RelationNode extends TableNode {
  readonly many: boolean;
  /** Pairs of columns: of the row, of the related row. */
  readonly on: ReadonlyArray<readonly [property: string, related: string]>;
}

/**
 * Checks a table and what it is joined to.
 *
 * @throws {SecurityConfigError} `resource.invalid`; `option.unknown` for an option that there is not
 */
export function tableNode(where: string, table: Table, relations: DrizzleRelations = {}): TableNode {
  const wrong = (path: string, problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', path, problem, fix);
  if (!is(table, Table)) {
    throw wrong(where, `is given ${nameOf(table)} for a table`, 'write a table of your Drizzle schema');
  }
  const columns = getTableColumns(table);
  const checked = Object.entries(relations).map(([name, relation]): [string, RelationNode] => {
    const path = `${where}.relations.${name}`;
    if (name in columns)
      throw wrong(path, 'has the name of a column', 'name it as the class names the related object');
    checkOptions(path, relation, ['table', 'on', 'many', 'relations']);
    if (!is(relation.table, Table)) {
      throw wrong(path, 'has no table', "write { table: accounts, on: { accountId: 'id' } }");
    }
    const on = Object.entries(relation.on ?? {});
    if (on.length === 0) throw wrong(path, 'is not joined', "write on: { accountId: 'id' }");
    const node = tableNode(path, relation.table, relation.relations);
    for (const [own, related] of on) {
      checkColumn(`${path}.on`, own, columns);
      checkColumn(`${path}.on`, related, node.columns);
    }
    const many = relation.many === true;
    const related = on.map(([, property]) => property);
    if (!many && !isKey(relation.table, related)) {
      throw wrong(
        path,
        `may lead to several rows, whose ${related.join(' and ')} may be the same`,
        'write many: true, or join it by a primary or unique key of the table',
      );
    }
    return [name, { ...node, on, many }];
  });
  return { table, columns, relations: new Map(checked) };
}

function checkColumn(where: string, property: string, columns: Readonly<Record<string, Column>>): void {
  if (Object.hasOwn(columns, property)) return;
  const known = Object.keys(columns);
  const near = nearest(property, known);
  throw new SecurityConfigError(
    'resource.invalid',
    where,
    `names ${property}, which is no column`,
    near ? `did you mean ${near}?` : `known: ${known.join(', ')}`,
  );
}
