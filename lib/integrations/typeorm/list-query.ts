import { In, type DataSource, type EntityMetadata } from 'typeorm';
import type { ListQuery } from '../../core/resource-loader.js';
import { askRows } from '../../policy/ask-rows.js';
import { compileRows } from '../../policy/compile-rows.js';
import type { RuleNode } from '../../policy/rule.js';
import { plainCondition, put } from './plain-condition.js';
import { rowModel } from './row-model.js';
import { sqlCondition } from './sql-condition.js';

/**
 * Compiles a rule into a TypeORM condition; per request only the caller is put in. Never `[]`, which TypeORM reads as "every row",
 * and never an `undefined` value. A rule that admits everything gives `{}` alone. Conditions on the entity's own columns
 * are find options; others are SQL, in a find operator for the primary key.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the rule cannot be asked of the database
 */
export function listQuery(dataSource: DataSource, metadata: EntityMetadata, rule: RuleNode): ListQuery {
  const condition = compileRows(rule, rowModel(dataSource, metadata));
  const primary = metadata.primaryColumns[0]!.propertyPath.split('.');
  const onKey = (operator: unknown) => put({}, primary, operator);

  return (principal, audience) => {
    const asked = askRows(condition, principal, audience);
    if (asked.kind === 'always') return {};
    if (asked.kind === 'never') return onKey(In([]));
    const wheres = plainCondition(asked);
    if (!wheres) return onKey(sqlCondition(dataSource, metadata, asked));
    return wheres.length === 0 ? onKey(In([])) : wheres.length === 1 ? wheres[0] : wheres;
  };
}
