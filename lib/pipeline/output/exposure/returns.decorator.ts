import { SecurityConfigError } from '../../../core/config-error.js';
import { metadataKey, placeOf, setMetadata } from '../../../core/metadata.js';
import { unreadOption } from '../../../core/options.js';
import { PageOf } from '../../../core/page.js';

/** A class whose `@ExposeFor` properties a response consists of; `String`, `Number` and `Boolean` stand for bare values. */
export type ExposedType = abstract new (...args: never[]) => unknown;

/** What a handler may be declared to return: one object, a list, a page, or `null` for an empty body. */
export type ReturnedType = ExposedType | readonly [ExposedType] | PageOf<unknown> | null;

/** What `@Returns` may be told. */
export interface ReturnsOptions {
  /**
   * Why objects of resources leave here without being checked again by their rule `read`: where a handler answers with what the caller
   * may not read otherwise. What of them leaves is still for `@ExposeFor` to say. The reason shows in the inventory.
   */
  readonly unchecked?: string;
}

/** What `@Returns` declares. */
export interface ReturnsDeclaration {
  readonly type: ReturnedType;
  readonly unchecked: string | undefined;
}

/** Where `@Returns` keeps its {@link ReturnsDeclaration}: on the method. */
export const RETURNS = metadataKey('returns');

/**
 * Declares what a handler returns: the response holds what that class exposes to the caller, and nothing else (OWASP API3).
 * `@Returns(null)` declares an empty body, as for a 204: anything but `undefined` and `null` is refused.
 * Nest's `@SerializeOptions({ type: Order })` is read as the same declaration. On an `@Sse()` route it declares the data of the events.
 *
 * @throws {SecurityConfigError} `exposure.invalid` for anything but a class, `[Class]`, `Page.of(Class)` or `null`, and for `unchecked` without a reason.
 * @example
 * ```ts
 * @Get(':id') @Returns(Order) get() {…}
 * @Get()      @Returns([Order]) list() {…}
 * @Get()      @Returns(Page.of(Order)) page() {…}
 * @Delete(':id') @HttpCode(204) @Returns(null) remove() {…}
 * ```
 */
export function Returns(type: ReturnedType, options: ReturnsOptions = {}): MethodDecorator {
  return (target, method, descriptor) => {
    if (!isReturnedType(type)) {
      throw new SecurityConfigError(
        'exposure.invalid',
        placeOf(target, method),
        `has @Returns(${String(type)})`,
        'write @Returns(Order), @Returns([Order]), @Returns(Page.of(Order)), or @Returns(null) for an empty body; a class that is undefined here is a circular import',
      );
    }
    const unread = unreadOption('@Returns', options, ['unchecked']);
    if (unread) throw new SecurityConfigError('exposure.invalid', placeOf(target, method), ...unread);
    const { unchecked } = options;
    if (Object.hasOwn(options, 'unchecked') && (typeof unchecked !== 'string' || unchecked.trim() === '')) {
      throw new SecurityConfigError(
        'exposure.invalid',
        placeOf(target, method),
        'has @Returns(…, { unchecked }) without a reason',
        "write why objects may leave that their rule does not show to the caller: { unchecked: 'the winner is public' }",
      );
    }
    setMetadata(RETURNS, { type, unchecked } satisfies ReturnsDeclaration, target, descriptor);
  };
}

/** Whether a value has one of the forms of {@link ReturnedType}. */
export function isReturnedType(value: unknown): value is ReturnedType {
  if (value === null || typeof value === 'function') return true;
  if (value instanceof PageOf) return typeof value.item === 'function';
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'function';
}

/** A returned type in words: `Order`, `Order[]`, `Page<Order>`, `nothing`. */
export function nameOfType(type: ReturnedType): string {
  if (type === null) return 'nothing';
  if (type instanceof PageOf) return `Page<${type.item.name}>`;
  return typeof type === 'function' ? type.name : `${type[0].name}[]`;
}
