import type { Type } from '@nestjs/common';
import { metadataKey } from '../../core/metadata.js';
import { unreadOption } from '../../core/options.js';
import { accessError, CIRCULAR } from './access-error.js';
import { checkProperty, propertyRules } from './property-rules.js';

/** What `@References` may be told. */
export interface ReferenceOptions {
  /** What the caller has to be allowed to do with the object. Default: `'read'`. */
  readonly action?: string;
}

/** One `@References` as it was written. */
export interface Reference {
  readonly entity: Type<object>;
  readonly action: string;
}

const RULES = propertyRules<readonly Reference[]>(
  metadataKey('references'),
  (present, more) => [...present, ...more],
  (values) => values.flat(),
);

type IdValue = string | number | Readonly<Record<string, string | number>> | null | undefined;

/**
 * Says that a property of a body is the id of an object, or a list of ids, and that the caller has to be allowed to read it. An
 * object that is not there, one that is another's and what is no id are one and the same answer: 400, with the property in
 * `errors`. Of one request at most 100 objects of a resource are loaded, each once, together with those of `@Can` and `@Owns`.
 *
 * @throws {SecurityConfigError} `access.invalid` for no class, no action, a static or a symbol property.
 * @see https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/
 * @example
 * ```ts
 * class CreateShipment {
 *   @References(Order) @IsUUID() orderId!: string;
 *   @References(Address, { action: 'use' }) @IsUUID('4', { each: true }) addressIds!: string[];
 * }
 * ```
 */
export function References(
  entity: Type<object>,
  options: ReferenceOptions = {},
): <D extends object, K extends keyof D & string>(
  target: D,
  property: K & (D[K] extends IdValue | readonly IdValue[] ? string : never),
) => void {
  return (target, property) => {
    const wrong = (problem: string, fix: string) => accessError(target, property, problem, fix);
    if (typeof entity !== 'function') {
      throw wrong('has @References without a class', `write @References(Order); ${CIRCULAR}`);
    }
    const unread = unreadOption('@References', options, ['action']);
    if (unread) throw wrong(...unread);
    const { action = 'read' } = options;
    if (typeof action !== 'string' || action === '') {
      throw wrong('has @References without an action', "write @References(Order, { action: 'use' })");
    }
    checkProperty(target, property);
    RULES.declare(target, property, [{ entity, action }]);
  };
}

/** What the properties of a class refer to. */
export function referencesOf(dto: Type<object>): ReadonlyMap<string, readonly Reference[]> {
  return RULES.of(dto);
}
