import type { Type } from '@nestjs/common';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, nearest } from '../../core/options.js';
import { providedBy, type LoaderFactory, type ResourceContext } from '../../core/resource-loader.js';
import { askRows } from '../../policy/ask-rows.js';
import { compileRows } from '../../policy/compile-rows.js';
import { joinedProperties } from '../../policy/joined-properties.js';
import { localRows } from '../../policy/local-rows.js';
import { ListPages } from '../../policy/list-pages.js';
import type { RowCondition } from '../../policy/row-condition.js';
import type { RuleNode } from '../../policy/rule.js';
import { listFields } from './listing-fields.js';
import { PAGED, type PagedModel } from './page.js';
import { prismaCondition } from './prisma-condition.js';
import { prismaLoader, type PrismaDelegate } from './prisma-loader.js';
import { checkPath, joinsOf, modelAt, prismaModel, type PrismaSource } from './prisma-model.js';
import { readPrismaSchema, type PrismaSchema } from './prisma-schema.js';

/** Options of {@link fromPrisma}. */
export interface FromPrismaOptions {
  /** The injection token of the Prisma client: `PrismaService`. */
  readonly client: Type<unknown> | string | symbol;
}

/**
 * Loads a resource through Prisma 7 and lists it by its rules: `@Where()` hands over the `where` of `findMany`, typed
 * `Prisma.OrderWhereInput`. Ids are parsed by the type of their fields.
 *
 * @param model the model as the client names it: `'order'`
 * @throws {SecurityConfigError} `resource.invalid` at boot, where the client, the model, the id or a rule does not fit; `option.unknown` for an option that there is not
 * @example
 * ```ts
 * defineResource(Order, { id: 'id', owner: 'userId', load: fromPrisma('order', { client: PrismaService }), can: (r) => ({ read: r.owner() }) });
 * ```
 */
export function fromPrisma<T extends object>(model: string, options: FromPrismaOptions): LoaderFactory<T> {
  checkOptions('fromPrisma(…)', options, ['client']);
  return {
    create(context) {
      const { delegate, source } = connect(context, model, options);
      for (const path of context.paths) checkPath(source, path);
      return prismaLoader<T>(delegate, context.entity, source, context.ids, context.paths);
    },
    query(context, rule) {
      const { source } = connect(context, model, options);
      const condition = localRows(compileRows(rule as RuleNode, prismaModel(source)));
      if (!condition || relationsIn(condition) > MOST_RELATIONS) {
        throw new SecurityConfigError(
          'resource.invalid',
          context.entity.name,
          'has a list rule with too many conditions on related rows, or too many beside them in one r.all, which a Prisma where cannot say',
          'write conditions on one relation in an r.all of their own',
        );
      }
      const { name } = source.model;
      const paged: PagedModel = { name, pages: new ListPages(listFields(source, context.ids)) };
      return (principal, audience) => {
        const where = prismaCondition(source, askRows(condition, principal, audience));
        PAGED.set(where, paged);
        return where;
      };
    },
    narrow({ ids }) {
      return (conditions, objects) => ({
        AND: [...conditions, { OR: objects.map((row) => idsOf(row, ids)) }],
      });
    },
    columnsOf(context, property) {
      return joinedProperties(property, joinsOf(connect(context, model, options).source));
    },
    tableAt(context, path) {
      return modelAt(connect(context, model, options).source, path);
    },
    checkListing(context, filters, sorts) {
      const { ids } = context;
      const fields = listFields(connect(context, model, options).source, ids);
      new ListPages(fields).check(filters, sorts, ids);
    },
  };
}

// Prisma joins for each; SQLite joins 64 tables at most.
const MOST_RELATIONS = 56;

function relationsIn(condition: RowCondition): number {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return condition.of.reduce((sum, one) => sum + relationsIn(one), 0);
  }
  if (condition.kind === 'not') return relationsIn(condition.of);
  return condition.kind === 'some' ? 1 + relationsIn(condition.where) : 0;
}

interface Client {
  readonly _engineConfig?: { readonly inlineSchema?: unknown; readonly activeProvider?: unknown };
}

function connect(
  { entity, resolve }: ResourceContext,
  name: string,
  { client: token }: FromPrismaOptions,
): { delegate: PrismaDelegate; source: PrismaSource } {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', `${entity.name}.load`, problem, fix);
  const client = providedBy<Client & Record<string, unknown>>(resolve, token as symbol);
  const config = client?.['_engineConfig'];
  const { inlineSchema, activeProvider } = config ?? {};
  if (!client || typeof inlineSchema !== 'string' || typeof activeProvider !== 'string') {
    throw wrong(
      'finds no Prisma client of version 7',
      "name its token: fromPrisma('order', { client: PrismaService })",
    );
  }
  const schema = schemaOf(config!, inlineSchema);
  const model = [...schema.models.values()].find((one) => lowerFirst(one.name) === name);
  const delegate = client[name] as PrismaDelegate | undefined;
  if (!model || typeof delegate?.findMany !== 'function') {
    const names = [...schema.models.keys()].map(lowerFirst);
    const near = nearest(name, names);
    throw wrong(
      `names the model ${name}, which the client has not`,
      near ? `did you mean ${near}?` : `known: ${names.join(', ')}`,
    );
  }
  return { delegate, source: { schema, model, provider: activeProvider } };
}

// An extension of a client has its configuration.
const SCHEMAS = new WeakMap<object, PrismaSchema>();

/** The schema of a client, whose models stand for its tables. */
function schemaOf(config: object, text: string): PrismaSchema {
  const schema = SCHEMAS.get(config) ?? readPrismaSchema(text);
  SCHEMAS.set(config, schema);
  return schema;
}

function idsOf(row: object, ids: readonly string[]): object {
  return Object.fromEntries(ids.map((id) => [id, (row as Readonly<Record<string, unknown>>)[id]]));
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
