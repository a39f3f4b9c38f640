import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ResourceLoader } from '../../core/resource-loader.js';
import {
  BOOLEAN_DOMAIN,
  parseId,
  partsOf,
  type IdDomains,
  type ParsedId,
} from '../../policy/value-domain.js';
import { instanceOf } from '../../policy/instance-of.js';
import { fieldDomain, type PrismaSource } from './prisma-model.js';

/** The part of a Prisma client's model that is used. */
export interface PrismaDelegate {
  findMany(query: object): PromiseLike<unknown>;
}

type Row = Record<string, unknown>;
/** Relations to load with a row. */
export interface Include {
  [relation: string]: true | { include: Include };
}

/**
 * Loads rows by id with one `findMany`, and with it the relations that the rules read. What it hands out are instances of the class.
 *
 * @throws {SecurityConfigError} `resource.invalid` where the id is no key of the model
 */
export function prismaLoader<T extends object>(
  delegate: PrismaDelegate,
  entity: Type<T>,
  source: PrismaSource,
  ids: readonly string[],
  paths: ReadonlyArray<readonly string[]>,
): ResourceLoader<T, ParsedId> {
  const domains = idDomains(entity.name, source, ids);
  const include = includeOf(paths.map((path) => path.slice(0, -1)));
  const single = ids.length === 1 ? ids[0]! : undefined;
  const rowKey = (row: Row) => JSON.stringify(ids.map((id) => String(row[id])));
  return {
    parseId: (raw) => parseId(raw, domains),
    async loadMany(wantedIds) {
      // An empty list of conditions is not worth a query.
      if (wantedIds.length === 0) return [];
      const where = single === undefined ? { OR: wantedIds } : { [single]: { in: wantedIds } };
      const rows = (await delegate.findMany({ where, ...(include && { include }) })) as Row[];
      const byKey = new Map(rows.map((row) => [rowKey(row), instanceOf(entity, row)]));
      return wantedIds.map((id) => byKey.get(rowKey(partsOf(id, domains))));
    },
  };
}

/** The relations on some paths. */
export function includeOf(paths: ReadonlyArray<readonly string[]>): Include | undefined {
  const firsts = [...new Set(paths.flatMap(([first]) => first ?? []))];
  if (firsts.length === 0) return undefined;
  return Object.fromEntries(
    firsts.map((first) => {
      const below = includeOf(paths.filter((path) => path[0] === first).map((path) => path.slice(1)));
      return [first, below ? { include: below } : true];
    }),
  );
}

function idDomains(name: string, source: PrismaSource, ids: readonly string[]): IdDomains {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', `${name}.id`, problem, fix);
  const domains = ids.map((id) => {
    const field = source.model.fields.get(id);
    if (!field)
      throw wrong(`names ${id}, which is no field`, `known: ${[...source.model.fields.keys()].join(', ')}`);
    const domain = fieldDomain(source, field, true);
    // Whatever is sent, it is neither `true` nor the word of an enum.
    if (!domain || domain === BOOLEAN_DOMAIN || source.schema.enums.has(field.type))
      throw wrong(`is ${id}, which cannot be parsed as an id`, 'use a String, an Int or a BigInt');
    return [id, domain] as const;
  });
  if (source.model.keys.some((key) => key.every((field) => ids.includes(field)))) return domains;
  throw wrong(`is ${ids.join(' and ')}, which two rows may share`, 'write the @id of the model');
}
