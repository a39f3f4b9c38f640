import { SecurityConfigError } from '../../core/config-error.js';
import type { RowModel } from '../../policy/compile-rows.js';
import type { Join } from '../../policy/joined-properties.js';
import {
  BIGINT_DOMAIN,
  BOOLEAN_DOMAIN,
  integerDomain,
  textDomain,
  UUID_DOMAIN,
  type ValueDomain,
} from '../../policy/value-domain.js';
import type { PrismaField, PrismaModel, PrismaSchema } from './prisma-schema.js';

// Others take 'Alice' and 'alice' for one unless told otherwise, and a Prisma condition cannot ask more exactly.
const EXACT_PROVIDERS = new Set(['postgresql', 'postgres', 'sqlite', 'cockroachdb']);

/** A Prisma model with its schema. */
export interface PrismaSource {
  readonly schema: PrismaSchema;
  readonly model: PrismaModel;
  /** `postgresql`, `sqlite`, … */
  readonly provider: string;
}

/** What a field holds, or `undefined` where it cannot be compared with the same result in the database and in memory. */
export function fieldDomain(
  { schema, provider }: PrismaSource,
  field: PrismaField,
  isId = false,
): ValueDomain | undefined {
  const { type, list, attributes } = field;
  if (list) return undefined;
  const among = schema.enums.get(type);
  if (among) return textDomain(Infinity, among);
  switch (type) {
    case 'String': {
      if (/@db\.Uuid\b/.test(attributes)) return UUID_DOMAIN;
      // A row that is found by another spelling of its id has not the id that was asked for.
      if (isId) return textDomain(255);
      const exact =
        EXACT_PROVIDERS.has(provider) && !/@db\.(?:Char|Citext|ObjectId|Bit|Inet|Xml)\b/.test(attributes);
      return exact ? textDomain(Infinity) : undefined;
    }
    case 'Int':
      return integerDomain(/@db\.(?:SmallInt|TinyInt)\b/.test(attributes) ? 2 ** 15 - 1 : 2 ** 31 - 1);
    case 'BigInt':
      return BIGINT_DOMAIN;
    case 'Boolean':
      return BOOLEAN_DOMAIN;
    default:
      return undefined;
  }
}

/**
 * A Prisma model as rules see it.
 *
 * @throws {SecurityConfigError} `resource.invalid` (when asked) where a path leads to no field, or a comparison means something else
 * in the database than in memory
 */
export function prismaModel(source: PrismaSource): RowModel {
  const { model } = source;
  return {
    relation(path) {
      const field = fieldAt(source, path);
      if (!field || !source.schema.models.has(field.type)) return undefined;
      return field.list ? 'many' : field.optional ? 'one' : 'always';
    },
    filled: (path) => fieldAt(source, path)?.optional === false,
    column(leaf) {
      checkPath(source, leaf.path);
      const field = fieldAt(source, leaf.path)!;
      const domain = fieldDomain(source, field);
      const fits =
        leaf.kind === 'where'
          ? leaf.value === null
            ? domain !== undefined || ['DateTime', 'Decimal', 'Float'].includes(field.type)
            : domain?.holds(leaf.value)
          : domain && domain !== BOOLEAN_DOMAIN && !source.schema.enums.has(field.type);
      if (fits) return (raw) => domain?.parse(raw);
      throw new SecurityConfigError(
        'resource.invalid',
        `${model.name}: ${leaf.path.join('.')}`,
        `cannot be part of a list rule: ${field.name} (${field.type}) cannot be compared with ${leaf.kind === 'where' ? `this ${typeof leaf.value}` : "a caller's value"} with the same result in the database and in memory`,
        'rule on a String of PostgreSQL or SQLite, a uuid, an Int, a BigInt, a Boolean or an enum',
      );
    },
  };
}

/**
 * Refuses a path that leads to no field.
 *
 * @throws {SecurityConfigError} `resource.invalid`
 */
export function checkPath(source: PrismaSource, path: readonly string[]): void {
  const field = fieldAt(source, path);
  if (field && !source.schema.models.has(field.type)) return;
  const holder = path.length > 1 ? modelAt(source, path.slice(0, -1)) : source.model;
  throw new SecurityConfigError(
    'resource.invalid',
    `${source.model.name}: ${path.join('.')}`,
    field ? 'ends in a relation' : 'leads to no field of the schema',
    `follow the fields of ${holder?.name ?? source.model.name}: ${[...(holder ?? source.model).fields.keys()].join(', ')}`,
  );
}

/** The field in which a path ends. */
export function fieldAt(source: PrismaSource, path: readonly string[]): PrismaField | undefined {
  const holder = path.length > 1 ? modelAt(source, path.slice(0, -1)) : source.model;
  return holder?.fields.get(path.at(-1)!);
}

/** The relations of the model with the fields that join them: those that they name, or those that the other side refers to. */
export function joinsOf({ schema, model }: PrismaSource): readonly Join[] {
  return [...model.fields].flatMap(([name, field]): Join[] => {
    const related = schema.models.get(field.type);
    if (!related) return [];
    const own = namedIn(field, 'fields');
    if (own.length > 0) return [{ name, columns: own, owning: true }];
    const columns = [...related.fields.values()]
      .filter(({ type }) => type === model.name)
      .flatMap((inverse) => namedIn(inverse, 'references'));
    return [{ name, columns, owning: false }];
  });
}

function namedIn({ attributes }: PrismaField, argument: 'fields' | 'references'): readonly string[] {
  const list = new RegExp(`@relation\\(.*\\b${argument}:\\s*\\[([^\\]]*)\\]`).exec(attributes)?.[1];
  return list === undefined ? [] : list.split(',').map((name) => name.trim());
}

/** The model to which a path through relations leads. */
export function modelAt(source: PrismaSource, path: readonly string[]): PrismaModel | undefined {
  let holder: PrismaModel | undefined = source.model;
  for (const step of path) holder = source.schema.models.get(holder?.fields.get(step)?.type ?? '');
  return holder;
}
