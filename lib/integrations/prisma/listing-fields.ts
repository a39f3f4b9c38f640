import { SecurityConfigError } from '../../core/config-error.js';
import {
  fitsCursor,
  LONGEST_TEXT,
  parseDate,
  parseMilliseconds,
  type ListColumn,
} from '../../policy/keyset.js';
import type { ListColumns } from '../../policy/list-pages.js';
import { fieldDomain, type PrismaSource } from './prisma-model.js';
import type { PrismaField } from './prisma-schema.js';

/**
 * The fields of a model, for its pages.
 *
 * @param ids the properties that together are the id: they may be text without a length
 */
export function listFields(source: PrismaSource, ids: readonly string[]): ListColumns {
  const { model } = source;
  const cannot = (property: string, what: string, fix: string) =>
    new SecurityConfigError(
      'resource.invalid',
      `${model.name}.${property}`,
      `is no field that a list can ${what} by`,
      `${what} by ${fix}`,
    );
  return {
    filter(property): ListColumn {
      const field = model.fields.get(property);
      const parse = field && filterParser(source, field);
      if (parse) return { property, parse };
      throw cannot(property, 'filter', 'a uuid, String, number, Boolean, enum or DateTime');
    },
    sort(property): ListColumn {
      const field = model.fields.get(property);
      const parse = field && !field.optional ? sortParser(source, field, ids.includes(property)) : undefined;
      if (parse) return { property, parse };
      throw cannot(
        property,
        'sort',
        `a uuid, an Int, a BigInt, a String with @db.VarChar(${LONGEST_TEXT}) or less, an id, or a DateTime of at most 3 digits (@db.Timestamptz(3)) that the database does not set, because JavaScript knows no more than milliseconds; none of them optional`,
      );
    },
  };
}

function filterParser(source: PrismaSource, field: PrismaField): ListColumn['parse'] | undefined {
  const { type, list } = field;
  if (list) return undefined;
  if (type === 'DateTime') return parseDate;
  if (type === 'Float' || type === 'Decimal')
    return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
  const domain = fieldDomain(source, field);
  if (!domain) return undefined;
  // Neither is an id.
  const fixed = type === 'Boolean' || source.schema.enums.has(type);
  return fixed ? (value) => (domain.holds(value as string) ? value : undefined) : domain.parse;
}

function sortParser(
  source: PrismaSource,
  field: PrismaField,
  isId: boolean,
): ListColumn['parse'] | undefined {
  const { type, list, attributes } = field;
  if (list || source.schema.enums.has(type)) return undefined;
  if (type === 'DateTime') return isExactDate(attributes) ? parseMilliseconds : undefined;
  const domain = fieldDomain(source, field);
  if (type === 'Int' || type === 'BigInt') return domain?.parse;
  if (type !== 'String' || !domain) return undefined;
  if (/@db\.Uuid\b/.test(attributes)) return domain.parse;
  const length = Number(/@db\.VarChar\((\d+)\)/.exec(attributes)?.[1] ?? Infinity);
  if (!isId && length > LONGEST_TEXT) return undefined;
  // An empty text is a value here, though it is no id.
  return (value) =>
    typeof value === 'string' && fitsCursor(value) && domain.holds(value) ? value : undefined;
}

// What the database knows more exactly than a Date is never equal to it. Without a type of its own Prisma's is of 3 digits.
function isExactDate(attributes: string): boolean {
  if (/\bdbgenerated\b/.test(attributes)) return false;
  const type = /@db\.(\w+)(?:\((\d+)\))?/.exec(attributes);
  if (!type) return true;
  return ['Timestamp', 'Timestamptz'].includes(type[1]!) && type[2] !== undefined && Number(type[2]) <= 3;
}
