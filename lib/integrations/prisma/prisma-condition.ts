import { isPlain } from '../../core/is-plain.js';
import { checkCondition, isEmpty, isOther } from '../../policy/own-query.js';
import type { AskedCondition } from '../../policy/row-condition.js';
import type { PrismaSource } from './prisma-model.js';
import type { PrismaModel } from './prisma-schema.js';

/** A Prisma `where`, before it is known of which model. */
export type PrismaWhere = Record<string, unknown>;

/** Writes a condition as a Prisma `where`. It must speak of no other rows in a related row (`localRows`). */
export function prismaCondition(source: PrismaSource, asked: AskedCondition): PrismaWhere {
  return asked.kind === 'always' ? {} : write(source, source.model, asked, false);
}

// An empty OR is no row only by itself: Prisma leaves it out of an AND, which would then be every row.
const LISTED = new Set(['String', 'Int', 'BigInt', 'DateTime', 'Float', 'Decimal']);

function noRow({ fields }: PrismaModel): PrismaWhere {
  const some = [...fields.values()].find(({ type, list }) => LISTED.has(type) && !list);
  // An id is one of these.
  if (!some) throw new Error('The model has no field of which a condition can say that no row has it.');
  return { [some.name]: { in: [] } };
}

function write(
  source: PrismaSource,
  model: PrismaModel,
  asked: AskedCondition,
  negated: boolean,
): PrismaWhere {
  switch (asked.kind) {
    case 'always':
      // Under NOT, `{}` would be every row.
      throw new Error('A part of a condition says nothing.');
    case 'never':
      return noRow(model);
    case 'and':
      return { AND: asked.of.map((one) => write(source, model, one, negated)) };
    case 'or':
      return { OR: asked.of.map((one) => write(source, model, one, negated)) };
    case 'not':
      return { NOT: write(source, model, asked.of, true) };
    case 'some': {
      const field = model.fields.get(asked.via[0]!)!;
      if (asked.where.kind === 'always') {
        return { [field.name]: field.list ? { some: {} } : { isNot: null } };
      }
      const where = write(source, source.schema.models.get(field.type)!, asked.where, negated);
      return { [field.name]: field.list ? { some: where } : { is: where } };
    }
    case 'holds': {
      const name = asked.path[0]!;
      const equal = { [name]: { equals: asked.value } };
      // NOT of SQL's NULL is NULL; this is false instead.
      const optional = negated && asked.value !== null && model.fields.get(name)!.optional;
      return optional ? { AND: [equal, { [name]: { not: null } }] } : equal;
    }
    default:
      checkCondition(asked.query, `query of r.fn('${asked.name}')`, saysNothing);
      return asked.query as PrismaWhere;
  }
}

/** Whether Prisma reads a part of a condition as none. `some: {}` asks whether there is a row, and `in: []` is no row; an empty `OR` is no row by itself, and left out in an `AND`. */
export function saysNothing(value: unknown, key: string): boolean {
  // But for a Decimal: a Promise that nobody awaited, a Map.
  if (isOther(value)) return !('toFixed' in value);
  if (isPlain(value) && Object.keys(value).join() === 'mode') return true;
  if (!isEmpty(value)) return false;
  return Array.isArray(value) ? ['', 'AND', 'OR', 'NOT'].includes(key) : !['some', 'none'].includes(key);
}
