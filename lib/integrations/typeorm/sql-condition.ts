import { Raw, type DataSource, type EntityMetadata, type ObjectLiteral } from 'typeorm';
import type { AskedCondition } from '../../policy/row-condition.js';
import { followPath, relationAt } from './entity-path.js';
import { checkFindOptions } from './find-options.js';
import { relatedRows, sqlNames } from './related-rows.js';

// Two conditions in one query must not share a parameter: they may be of two callers.
let conditions = 0;

/**
 * A condition as SQL in a find operator for the primary key: EXISTS for related rows, so that no row comes twice and a page takes
 * one query. Works in `find`, `update` and `delete`.
 */
export function sqlCondition(dataSource: DataSource, root: EntityMetadata, asked: AskedCondition): unknown {
  const prefix = `gh${(conditions = (conditions + 1) % 1_000_000)}`;
  const names = sqlNames(dataSource);
  const parameters: ObjectLiteral = {};
  let count = 0;
  const parameter = (value: unknown) => {
    const name = `${prefix}_${count++}`;
    parameters[name] = value;
    return `:${name}`;
  };

  // A placeholder for the alias of the resource itself, which only the query knows.
  const ROOT = '\0';
  const aliasOf = (row: number) => (row === 0 ? ROOT : names.alias(`${prefix}_r${row}`));
  const entities = new Map<number, EntityMetadata>([[0, root]]);

  const write = (condition: AskedCondition, negated: boolean): string => {
    switch (condition.kind) {
      case 'always':
        return '1 = 1';
      case 'never':
        return '1 = 0';
      case 'and':
      case 'or':
        return `(${condition.of.map((one) => write(one, negated)).join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'not':
        return `NOT (${write(condition.of, true)})`;
      case 'some': {
        const relation = relationAt(entities.get(condition.row)!, condition.via)!;
        entities.set(condition.as, relation.inverseEntityMetadata);
        const rows = relatedRows(names, relation, aliasOf(condition.row), `${prefix}_r${condition.as}`);
        const where = condition.where.kind === 'always' ? '' : ` AND ${write(condition.where, negated)}`;
        return `EXISTS (SELECT 1 ${rows}${where})`;
      }
      case 'holds': {
        const { column } = followPath(entities.get(condition.row)!, condition.path);
        const name = names.column(aliasOf(condition.row), column);
        if (condition.value === null) return `${name} IS NULL`;
        const equal = `${name} = ${parameter(condition.value)}`;
        // NOT of SQL's NULL is NULL; this is false instead.
        return negated && column.isNullable ? `(${equal} AND ${name} IS NOT NULL)` : equal;
      }
      default:
        return ownQuery(condition.query, condition.name);
    }
  };

  const ownQuery = (query: unknown, name: string): string => {
    checkFindOptions(query, `query of r.fn('${name}')`, root);
    const as = `${prefix}_f${count++}`;
    const found = dataSource.createQueryBuilder().select('1').from(root.target, as).setFindOptions({
      where: query,
      loadEagerRelations: false,
      cache: false,
    });
    for (const column of root.primaryColumns) {
      found.andWhere(`${names.column(names.alias(as), column)} = ${names.column(ROOT, column)}`);
    }
    const given = found.getParameters();
    const sql = found
      .getQuery()
      .replace(/:(\.\.\.)?([A-Za-z0-9_]+)/g, (all, spread: string | undefined, key: string) =>
        key in given ? parameter(given[key]).replace(':', `:${spread ?? ''}`) : all,
      );
    return `EXISTS (${sql})`;
  };

  const sql = write(asked, false);
  return Raw((column) => sql.replaceAll(ROOT, () => aliasIn(column)), parameters);

  // `Order.id` in a SELECT; UPDATE and DELETE know no alias but the table's name.
  function aliasIn(column: string): string {
    const key = `.${root.primaryColumns[0]!.propertyPath}`;
    return column.endsWith(key) ? names.alias(column.slice(0, -key.length)) : names.table(root);
  }
}
