import { SecurityConfigError } from '../../core/config-error.js';
import type { RowModel } from '../../policy/compile-rows.js';
import { columnDomain } from './drizzle-columns.js';
import type { TableNode } from './drizzle-relation.js';

/**
 * A table as rules see it.
 *
 * @throws {SecurityConfigError} `resource.invalid` (when asked) where a comparison means something else in the database than in memory
 */
export function drizzleModel(name: string, root: TableNode): RowModel {
  return {
    relation(path) {
      const holder = holderOf(root, path.slice(0, -1));
      const relation = holder?.relations.get(path.at(-1)!);
      return relation && (relation.many ? 'many' : 'one');
    },
    column(leaf) {
      const where = `${name}: ${leaf.path.join('.')}`;
      const wrong = (problem: string, fix: string) =>
        new SecurityConfigError('resource.invalid', where, problem, fix);
      checkPath(name, root, leaf.path);
      const column = holderOf(root, leaf.path.slice(0, -1))!.columns[leaf.path.at(-1)!]!;
      const domain = columnDomain(column);
      const fits =
        leaf.kind !== 'where'
          ? domain?.parse('1') !== undefined ||
            domain?.parse('00000000-0000-4000-8000-000000000000') !== undefined
          : leaf.value === null || domain?.holds(leaf.value);
      if (!fits) {
        throw wrong(
          `cannot be part of a list rule: ${column.name} (${column.columnType}) cannot be compared with ${leaf.kind === 'where' ? `this ${typeof leaf.value}` : "a caller's value"} with the same result in the database and in memory`,
          'rule on a uuid, integer, boolean or text column; text in MySQL has no comparison that is known to be exact',
        );
      }
      return (raw) => domain?.parse(raw);
    },
  };
}

/**
 * Refuses a path that leads to no column.
 *
 * @throws {SecurityConfigError} `resource.invalid`
 */
export function checkPath(name: string, root: TableNode, path: readonly string[]): void {
  const holder = holderOf(root, path.slice(0, -1));
  if (holder && Object.hasOwn(holder.columns, path.at(-1)!)) return;
  throw new SecurityConfigError(
    'resource.invalid',
    `${name}: ${path.join('.')}`,
    'leads to no column of the tables',
    "name the relations on its way: fromDrizzle(orders, { …, relations: { account: { table: accounts, on: { accountId: 'id' } } } })",
  );
}

/** The table to which relations lead, or `undefined` where one is not declared. */
export function holderOf(root: TableNode, path: readonly string[]): TableNode | undefined {
  let holder: TableNode | undefined = root;
  for (const step of path) holder = holder?.relations.get(step);
  return holder;
}
