import { ListColumns } from '../../policy/list-columns.js';
import {
  BOOLEAN_FILTER,
  DATE_FILTER,
  DATE_SORT,
  domainFilter,
  domainSort,
  LONGEST_TEXT,
  NUMBER_FILTER,
  textSort,
  wordFilter,
  type FilterForm,
  type SortForm,
} from '../../policy/list-values.js';
import { fieldDomain, type PrismaSource } from './prisma-model.js';
import type { PrismaField } from './prisma-schema.js';

/**
 * The fields of a model, for its pages.
 *
 * @param ids the properties that together are the id: they may be text without a length
 */
export function listFields(source: PrismaSource, ids: readonly string[]): ListColumns {
  const { name, fields } = source.model;
  return new ListColumns({
    name,
    column: 'field',
    filter(property) {
      const field = fields.get(property);
      return field && filterForm(source, field);
    },
    sort(property) {
      const field = fields.get(property);
      return field && !field.optional ? sortForm(source, field, ids.includes(property)) : undefined;
    },
    filterBy: 'a uuid, String, number, Boolean, enum or DateTime',
    sortBy: `a uuid, an Int, a BigInt, a String with @db.VarChar(${LONGEST_TEXT}) or less, an id, or a DateTime of at most 3 digits (@db.Timestamptz(3)) that the database does not set, because JavaScript knows no more than milliseconds; none of them optional`,
  });
}

function filterForm(source: PrismaSource, field: PrismaField): FilterForm | undefined {
  const { type, list } = field;
  if (list) return undefined;
  if (type === 'DateTime') return DATE_FILTER;
  if (type === 'Float' || type === 'Decimal') return NUMBER_FILTER;
  if (type === 'Boolean') return BOOLEAN_FILTER;
  const words = source.schema.enums.get(type);
  if (words) return wordFilter(words);
  const domain = fieldDomain(source, field);
  return domain && domainFilter(domain);
}

function sortForm(source: PrismaSource, field: PrismaField, isId: boolean): SortForm | undefined {
  const { type, list, attributes } = field;
  if (list || source.schema.enums.has(type)) return undefined;
  if (type === 'DateTime') return isExactDate(attributes) ? DATE_SORT : undefined;
  const domain = fieldDomain(source, field);
  if (!domain || type === 'Boolean') return undefined;
  if (type !== 'String' || /@db\.Uuid\b/.test(attributes)) return domainSort(domain);
  const length = /@db\.VarChar\((\d+)\)/.exec(attributes)?.[1];
  return textSort(domain, length === undefined ? undefined : Number(length), isId);
}

// What the database knows more exactly than a Date is never equal to it. Without a type of its own Prisma's is of 3 digits.
function isExactDate(attributes: string): boolean {
  if (/\bdbgenerated\b/.test(attributes)) return false;
  const type = /@db\.(\w+)(?:\((\d+)\))?/.exec(attributes);
  if (!type) return true;
  return ['Timestamp', 'Timestamptz'].includes(type[1]!) && type[2] !== undefined && Number(type[2]) <= 3;
}
