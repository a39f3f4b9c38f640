import type { Type } from '@nestjs/common';
import { and, type SQL, type Table } from 'drizzle-orm';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions } from '../../core/options.js';
import { requestTransactions } from '../../core/request-transaction.js';
import { providedBy, type LoaderFactory, type ResourceContext } from '../../core/resource-loader.js';
import { askRows } from '../../policy/ask-rows.js';
import { compileRows } from '../../policy/compile-rows.js';
import { joinedProperties, type Join } from '../../policy/joined-properties.js';
import { ListPages } from '../../policy/list-pages.js';
import type { RuleNode } from '../../policy/rule.js';
import { drizzleCondition, type ColumnName } from './drizzle-condition.js';
import { drizzleLoader, rowsOf, type RequestTransaction } from './drizzle-loader.js';
import { checkPath, drizzleModel, holderOf } from './drizzle-model.js';
import type { DrizzleDatabase } from './drizzle-related.js';
import { tableNode, type DrizzleRelations, type TableNode } from './drizzle-relation.js';
import { listColumns } from './listing-columns.js';
import { PAGED, type PagedTable } from './page.js';
import { storedTable } from './stored-table.js';

/** The condition that `@Where()` hands to a handler: `database.select().from(orders).where(mine)`. */
export type DrizzleWhere = SQL;

/** Options of {@link fromDrizzle}. */
export interface FromDrizzleOptions {
  /** The injection token of the Drizzle database. */
  readonly database: Type<unknown> | string | symbol;
  /** The relations that rules follow, by the property under which they know them. */
  readonly relations?: DrizzleRelations;
  /** The injection token of the {@link RequestTransaction}, for `lock: 'update'`. PostgreSQL alone. */
  readonly transaction?: Type<RequestTransaction> | string | symbol;
}

/**
 * Loads a resource through Drizzle and lists it by its rules. Ids are parsed by the type of their columns; many are loaded in one
 * query, and the relations that the rules read in one more each.
 *
 * @throws {SecurityConfigError} `resource.invalid`, where a table, a relation or a rule does not fit; `option.unknown` for an option that there is not
 * @example
 * ```ts
 * fromDrizzle(orders, {
 *   database: DATABASE,
 *   relations: { account: { table: accounts, on: { accountId: 'id' }, relations: {
 *     members: { table: members, on: { id: 'accountId' }, many: true } } } },
 * })
 * ```
 */
export function fromDrizzle<T extends object>(table: Table, options: FromDrizzleOptions): LoaderFactory<T> {
  checkOptions('fromDrizzle(…)', options, ['database', 'relations', 'transaction']);
  const root = tableNode('fromDrizzle(…)', table, options.relations);
  return {
    create(context) {
      for (const path of context.paths) checkPath(context.entity.name, root, path);
      const transactions = requestTransactions(context, options.transaction);
      const { entity, ids, paths } = context;
      return drizzleLoader<T>(databaseOf(context, options), entity, root, ids, paths, transactions);
    },
    query(context, rule) {
      const { entity, ids } = context;
      const condition = compileRows(rule as RuleNode, drizzleModel(entity.name, root));
      const columnName = columnNames(databaseOf(context, options));
      const paged: PagedTable = { root, pages: new ListPages(listColumns(entity.name, root, ids)) };
      return (principal, audience) => {
        const where = drizzleCondition(root, askRows(condition, principal, audience), columnName);
        PAGED.set(where, paged);
        // What is appended would be part of the condition.
        Object.freeze(where.queryChunks);
        return where;
      };
    },
    narrow({ ids }) {
      return (conditions, objects) => {
        const where = and(...(conditions as SQL[]), rowsOf(root, ids, objects));
        Object.freeze(where?.queryChunks);
        return where;
      };
    },
    columnsOf(_context, property) {
      return joinedProperties(property, joinsOf(root));
    },
    tableAt(context, path) {
      const node = holderOf(root, path);
      return node && storedTable(databaseOf(context, options), node.table);
    },
    checkListing({ entity, ids }, filters, sorts) {
      new ListPages(listColumns(entity.name, root, ids)).check(filters, sorts, ids);
    },
  };
}

function joinsOf({ relations, columns }: TableNode): readonly Join[] {
  return [...relations].map(([name, { on, many }]) => {
    const own = on.map(([column]) => column);
    // Drizzle is not told which side refers to which; what leads from the primary key is the other side's to write.
    return { name, columns: own, owning: !many && !own.every((column) => columns[column]!.primary) };
  });
}

function databaseOf(context: ResourceContext, { database }: FromDrizzleOptions): DrizzleDatabase {
  const found = providedBy<DrizzleDatabase>(context.resolve, database as symbol);
  if (typeof found?.select === 'function') return found;
  throw new SecurityConfigError(
    'resource.invalid',
    `${context.entity.name}.load`,
    'finds no Drizzle database',
    'name the token under which your module provides it: fromDrizzle(orders, { database: DATABASE })',
  );
}

// With `casing` the name of a column is only known to the dialect.
function columnNames(database: DrizzleDatabase): ColumnName {
  const { dialect } = database as { dialect?: { casing?: { getColumnCasing?: ColumnName } } };
  const casing = dialect?.casing;
  return (column) => casing?.getColumnCasing?.(column) ?? column.name;
}
