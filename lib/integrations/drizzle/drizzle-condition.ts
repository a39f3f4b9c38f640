import { is, SQL, sql, type Column } from 'drizzle-orm';
import type { AskedCondition, Holds } from '../../policy/row-condition.js';
import { isText } from './drizzle-columns.js';
import type { TableNode } from './drizzle-relation.js';

/** The name of a column in the database, which `casing` may change. */
export type ColumnName = (column: Column) => string;

/**
 * A condition as SQL: for `where` of a query on the table of the resource. Related rows are asked for by EXISTS, under names of
 * their own, so that no row comes twice.
 */
export function drizzleCondition(root: TableNode, asked: AskedCondition, columnName: ColumnName): SQL {
  const nodes = new Map<number, TableNode>([[0, root]]);
  const nameOf = (row: number) => sql.identifier(`gh${row}`);
  // Columns of related rows are written by name: in db.query Drizzle replaces the table of each column object.
  const column = (row: number, of: Column): SQL =>
    row === 0 ? sql`${of}` : sql`${nameOf(row)}.${sql.identifier(columnName(of))}`;

  const write = (condition: AskedCondition, negated: boolean): SQL => {
    switch (condition.kind) {
      case 'always':
        return sql`1 = 1`;
      case 'never':
        return sql`1 = 0`;
      case 'and':
      case 'or': {
        const parts = condition.of.map((one) => write(one, negated));
        return sql`(${sql.join(parts, condition.kind === 'and' ? sql` and ` : sql` or `)})`;
      }
      case 'not':
        return sql`not (${write(condition.of, true)})`;
      case 'some': {
        const from = nodes.get(condition.row)!;
        const relation = from.relations.get(condition.via[0]!)!;
        nodes.set(condition.as, relation);
        const joins = relation.on.map(
          ([own, related]) =>
            sql`${column(condition.as, relation.columns[related]!)} = ${column(condition.row, from.columns[own]!)}`,
        );
        const where = condition.where.kind === 'always' ? [] : [write(condition.where, negated)];
        return sql`exists (select 1 from ${relation.table} ${nameOf(condition.as)} where ${sql.join([...joins, ...where], sql` and `)})`;
      }
      case 'holds':
        return holds(condition, negated);
      default:
        // SQL's NULL is neither; in memory it is false.
        return sql`coalesce((${ownQuery(condition.query, condition.name)}), 1 = 0)`;
    }
  };

  const holds = ({ row, path, value }: Holds, negated: boolean): SQL => {
    const of = nodes.get(row)!.columns[path[0]!]!;
    const name = column(row, of);
    if (value === null) return sql`${name} is null`;
    const wanted = sql.param(value, of);
    const equal = [sql`${name} = ${wanted}`];
    // The first finds the row by an index; the second tells 'Alice' from 'alice' whatever the collation of the column.
    if (isText(of)) {
      equal.push(
        of.columnType.startsWith('Pg')
          ? sql`${name} collate "C" = ${wanted}`
          : sql`${name} = ${wanted} collate binary`,
      );
    }
    if (negated && !of.notNull) equal.push(sql`${name} is not null`);
    return equal.length === 1 ? equal[0]! : sql`(${sql.join(equal, sql` and `)})`;
  };

  return write(asked, false);
}

function ownQuery(query: unknown, name: string): SQL {
  if (is(query, SQL)) return query;
  throw new TypeError(`the query of r.fn('${name}') gave no condition`);
}
