import type { Type } from '@nestjs/common';
import { ACCESS } from '../../core/access.js';
import { addMetadata } from '../../core/metadata.js';
import { unreadOption } from '../../core/options.js';
import { accessError, CIRCULAR } from './access-error.js';

/** One place of a request: one of these. Body and query properties are read at the top level. */
export type IdPlace =
  | { readonly param: string }
  | { readonly body: string }
  | { readonly query: string }
  | { readonly header: string };

/**
 * Where a request names an object: one place, or for a composite id a place for each of its properties.
 *
 * @example
 * ```ts
 * { parts: { tenantId: { header: 'x-tenant' }, number: { param: 'number' } } }
 * ```
 */
export type IdOrigin = IdPlace | { readonly parts: Readonly<Record<string, IdPlace>> };

/** What `@Can` and `@Owns` may be told. */
export interface CheckOptions {
  /** Where the id is. Default: the path parameters that are named like the id properties of the resource. */
  readonly from?: IdOrigin;
  /**
   * `true`: `from: { body }` holds 1 to 100 ids. They are deduplicated, loaded at once, and every one has to pass.
   */
  readonly many?: boolean;
  /**
   * `'update'`: the row is locked until the request's transaction ends, so that nothing can change between check and use. Needs a
   * loader that locks: `fromTypeorm({ transaction })`.
   */
  readonly lock?: 'update';
  /** `true`: check only; the handler need not take what was loaded. Needed on a controller. */
  readonly guardOnly?: boolean;
}

/** {@link CheckOptions} of a handler that takes a list. */
export interface ManyOptions extends CheckOptions {
  readonly from: { readonly body: string };
  readonly many: true;
  readonly guardOnly?: false;
}

/** {@link CheckOptions} of a handler that takes one object. */
export interface OneOptions extends CheckOptions {
  readonly many?: false;
  readonly guardOnly?: false;
}

/** {@link CheckOptions} of a check whose result the handler need not take. */
export interface GuardOnlyOptions extends CheckOptions {
  readonly guardOnly: true;
}

/** One `@Can` or `@Owns` as it was written. */
export interface ResourceCheck {
  readonly entity: Type<object>;
  /** `undefined`: the caller has to be the owner. */
  readonly action: string | undefined;
  readonly from: IdOrigin | undefined;
  readonly many: boolean;
  readonly guardOnly: boolean;
  readonly lock: boolean;
}

const OPTIONS = ['from', 'many', 'lock', 'guardOnly'];
const ORIGINS = ['param', 'body', 'query', 'header'];

/** The decorator that keeps a check on a method, or with `guardOnly` on a controller. */
export function checkDecorator(
  name: string,
  entity: Type<object>,
  action: string | undefined,
  options: CheckOptions,
): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const wrong = (problem: string, fix: string) => accessError(target, key, problem, fix);
    if (typeof entity !== 'function')
      throw wrong(`has ${name} without a class`, `write ${name}(…, Order); ${CIRCULAR}`);
    const unread = unreadOption(name, options, OPTIONS);
    if (unread) throw wrong(...unread);
    const { from, many = false, guardOnly = false, lock } = options;
    if (from !== undefined && !isOrigin(from)) {
      throw wrong(
        `has ${name} with an origin that names not exactly one place`,
        "write from: { param: 'orderId' }, { body: 'ids' }, { query: 'order' } or { header: 'x-order' }; for a composite id { parts: { row: { param: 'row' }, letter: { query: 'letter' } } }",
      );
    }
    if (many && !(from && 'body' in from)) {
      throw wrong(
        `has ${name} for many, but not from the body`,
        "write { from: { body: 'ids' }, many: true }",
      );
    }
    if (lock !== undefined && lock !== 'update')
      throw wrong(`has ${name} with another lock`, "write lock: 'update'");
    if (key === undefined && !guardOnly) {
      throw wrong(
        `has ${name} on a controller`,
        `write ${name}(…, ${entity.name}, { guardOnly: true }) there`,
      );
    }
    const check: ResourceCheck = { entity, action, from, many, guardOnly, lock: lock === 'update' };
    addMetadata(ACCESS.checks, check, target, descriptor);
  };
}

function isOrigin(from: object): boolean {
  const parts: unknown = Object.hasOwn(from, 'parts') ? (from as { parts: unknown }).parts : undefined;
  if (parts === undefined) return isPlace(from);
  if (typeof parts !== 'object' || parts === null || Object.keys(from).length !== 1) return false;
  const places: unknown[] = Object.values(parts);
  return places.length > 1 && places.every(isPlace);
}

function isPlace(from: unknown): boolean {
  if (typeof from !== 'object' || from === null) return false;
  const entries = Object.entries(from);
  const [place, name] = entries[0] ?? [];
  return entries.length === 1 && ORIGINS.includes(place!) && typeof name === 'string' && name !== '';
}
