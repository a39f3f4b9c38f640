/** What a column holds, as far as rules and ids are concerned. */
export interface ValueDomain {
  /** An id, or a value of the caller, as it came from outside in the type of the column; `undefined` where no row can have it. Never throws. */
  parse(raw: unknown): string | number | bigint | undefined;
  /** Whether a constant of a rule means the same in memory and in the column. */
  holds(value: string | number | bigint | boolean): boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INTEGER = /^(?:0|-?[1-9]\d{0,15})$/;
const INT64 = /^(?:0|-?[1-9]\d{0,18})$/;

/** Text of 1 to `most` characters, without NUL, which PostgreSQL refuses with an error. With `among`, one of these. */
export function textDomain(most: number, among?: readonly string[]): ValueDomain {
  const isText = (raw: unknown): raw is string => typeof raw === 'string' && !raw.includes('\0');
  return {
    parse: (raw) => (isText(raw) && raw !== '' && raw.length <= most && !among ? raw : undefined),
    holds: (value) => isText(value) && (among?.includes(value) ?? true),
  };
}

/** Canonical UUIDs, in lower case. */
export const UUID_DOMAIN: ValueDomain = {
  parse: (raw) => (typeof raw === 'string' && UUID.test(raw) ? raw : undefined),
  holds: (value) => typeof value === 'string' && UUID.test(value),
};

/** Safe integers from `-largest - 1` to `largest`, from numbers and canonical decimals. A database may refuse larger ones with an error. */
export function integerDomain(largest: number): ValueDomain {
  const fits = (value: unknown): value is number =>
    Number.isSafeInteger(value) &&
    !Object.is(value, -0) &&
    (value as number) <= largest &&
    (value as number) >= -largest - 1;
  return {
    parse: (raw) => {
      const value = typeof raw === 'string' && INTEGER.test(raw) ? Number(raw) : raw;
      return fits(value) ? value : undefined;
    },
    holds: fits,
  };
}

/** All 64-bit integers, as bigints. */
export const BIGINT_DOMAIN: ValueDomain = {
  parse: (raw) => {
    if (typeof raw === 'bigint') return isInt64(raw) ? raw : undefined;
    if (typeof raw === 'number')
      return Number.isSafeInteger(raw) && !Object.is(raw, -0) ? BigInt(raw) : undefined;
    return typeof raw === 'string' && INT64.test(raw) && isInt64(BigInt(raw)) ? BigInt(raw) : undefined;
  },
  holds: (value) => (typeof value === 'bigint' ? isInt64(value) : Number.isSafeInteger(value)),
};

/** All 64-bit integers as canonical decimals, for drivers that hand them out so. */
export const DECIMAL_DOMAIN: ValueDomain = {
  parse: (raw) => {
    const value = BIGINT_DOMAIN.parse(raw);
    return value === undefined ? undefined : String(value);
  },
  holds: (value) => typeof value === 'string' && BIGINT_DOMAIN.parse(value) !== undefined,
};

/** `true` and `false`; no id. */
export const BOOLEAN_DOMAIN: ValueDomain = {
  parse: () => undefined,
  holds: (value) => typeof value === 'boolean',
};

/** An id, parsed: the value itself, or for a composite id an object keyed by its properties. */
export type ParsedId = string | number | bigint | Readonly<Record<string, string | number | bigint>>;

/** How the properties of an id are parsed, in their order. */
export type IdDomains = ReadonlyArray<readonly [property: string, domain: ValueDomain]>;

/** Parses an id; `undefined` where a part is missing or does not fit. */
export function parseId(raw: unknown, domains: IdDomains): ParsedId | undefined {
  if (domains.length === 1) return domains[0]![1].parse(raw);
  if (typeof raw !== 'object' || raw === null) return undefined;
  const id: Record<string, string | number | bigint> = {};
  for (const [property, domain] of domains) {
    const value = Object.hasOwn(raw, property) ? domain.parse((raw as typeof id)[property]) : undefined;
    if (value === undefined) return undefined;
    id[property] = value;
  }
  return Object.freeze(id);
}

/** A parsed id as the properties and values of a row. */
export function partsOf(
  id: ParsedId,
  domains: IdDomains,
): Readonly<Record<string, string | number | bigint>> {
  return typeof id === 'object' ? id : { [domains[0]![0]]: id };
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
