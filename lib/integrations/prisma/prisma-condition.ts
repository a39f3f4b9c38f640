import { checkOwnQuery } from '../../policy/own-query.js';
import type { AskedCondition } from '../../policy/row-condition.js';
import type { PrismaSource } from './prisma-model.js';
import type { PrismaModel } from './prisma-schema.js';

/** A Prisma `where`, before it is known of which model. */
export type PrismaWhere = Record<string, unknown>;

/** Writes a condition as a Prisma `where`. It must speak of no other rows in a related row (`localRows`). */
export function prismaCondition(source: PrismaSource, asked: AskedCondition): PrismaWhere {
  return write(source, source.model, asked, false);
}

function write(
  source: PrismaSource,
  model: PrismaModel,
  asked: AskedCondition,
  negated: boolean,
): PrismaWhere {
  switch (asked.kind) {
    case 'always':
      return {};
    case 'never':
      // Prisma answers an empty OR with no row.
      return { OR: [] };
    case 'and':
      return { AND: asked.of.map((one) => write(source, model, one, negated)) };
    case 'or':
      return { OR: asked.of.map((one) => write(source, model, one, negated)) };
    case 'not':
      return { NOT: write(source, model, asked.of, true) };
    case 'some': {
      const field = model.fields.get(asked.via[0]!)!;
      const where = write(source, source.schema.models.get(field.type)!, asked.where, negated);
      if (field.list) return { [field.name]: { some: where } };
      if (asked.where.kind !== 'always') return { [field.name]: { is: where } };
      return field.optional ? { [field.name]: { isNot: null } } : {};
    }
    case 'holds': {
      const name = asked.path[0]!;
      const equal = { [name]: { equals: asked.value } };
      // NOT of SQL's NULL is NULL; this is false instead.
      const optional = negated && asked.value !== null && model.fields.get(name)!.optional;
      return optional ? { AND: [equal, { [name]: { not: null } }] } : equal;
    }
    default:
      checkOwnQuery(asked.query, asked.name);
      return asked.query as PrismaWhere;
  }
}
