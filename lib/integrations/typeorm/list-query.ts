import { In, IsNull, Not, type DataSource, type EntityMetadata } from 'typeorm';
import type { Audience } from '../../core/audience.js';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ListQuery } from '../../core/resource-loader.js';
import { alternativesOf } from '../../policy/alternatives.js';
import type { RuleNode } from '../../policy/rule.js';
import { listCondition, type ListCondition } from './list-condition.js';

const MOST_ALTERNATIVES = 64;

/** A condition as TypeORM takes it, before it is known of which entity. */
type Where = Record<string, unknown>;

/**
 * Compiles a rule into a TypeORM condition; per request only the caller's id is put in. Never `[]`, which TypeORM reads as
 * "every row", and never an `undefined` value. A rule that admits everything gives `{}` alone.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the rule cannot be asked of the database
 */
export function listQuery(dataSource: DataSource, metadata: EntityMetadata, rule: RuleNode): ListQuery {
  const alternatives = alternativesOf(rule, MOST_ALTERNATIVES);
  if (!alternatives) {
    throw new SecurityConfigError(
      'resource.invalid',
      metadata.name,
      `has a list rule of more than ${MOST_ALTERNATIVES} alternatives once r.any is multiplied out of r.all`,
      'put fewer r.any into one r.all, or give the list an action with a simpler rule',
    );
  }
  const conditions = alternatives.flatMap(
    (alternative) => listCondition(dataSource, metadata, alternative) ?? [],
  );
  const primary = metadata.primaryColumns[0]!.propertyPath.split('.');
  const impossible = (): Where => put({}, primary, In([]));
  const byAudience = new WeakMap<Audience, readonly ListCondition[]>();

  return (principal, audience) => {
    const { id } = principal;
    if (typeof id !== 'string' || id === '') return impossible();
    let open = byAudience.get(audience);
    if (!open) byAudience.set(audience, (open = openTo(audience, conditions)));
    const wheres: Where[] = [];
    for (const condition of open) {
      const where = whereOf(condition, id);
      if (where) wheres.push(where);
    }
    return wheres.length === 0 ? impossible() : wheres.length === 1 ? wheres[0] : wheres;
  };
}

// The conditions that the audience's roles leave. One that asks for nothing makes the others pointless.
function openTo(audience: Audience, conditions: readonly ListCondition[]): readonly ListCondition[] {
  const open = conditions.filter(({ roles }) => roles.every((role) => audience.roles.has(role)));
  const unconditional = open.find(({ columns }) => columns.length === 0);
  return unconditional ? [unconditional] : open;
}

function whereOf({ columns }: ListCondition, id: string): Where | undefined {
  const where: Where = {};
  for (const { path, owner, value } of columns) {
    const wanted = owner ? owner.parse(id) : value;
    if (owner && (wanted === undefined || (value !== undefined && value !== wanted))) return undefined;
    put(where, path, wanted === undefined ? Not(IsNull()) : wanted === null ? IsNull() : wanted);
  }
  return where;
}

function put(where: Where, path: readonly string[], value: unknown): Where {
  let branch = where;
  for (let index = 0; index < path.length - 1; index++) branch = (branch[path[index]!] ??= {}) as Where;
  branch[path.at(-1)!] = value;
  return where;
}
