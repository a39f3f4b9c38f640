import type { RoleName } from '../../lib/core/principal.js';
import { Page } from '../../lib/core/page.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import type { ExposureAudience } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { RawResponse } from '../../lib/pipeline/output/exposure/raw-response.decorator.js';
import { Returns } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';

abstract class Item {
  abstract sku: string;
}

export class Right {
  @ExposeFor(ANYONE) id!: string;
  @ExposeFor(OWNER, 'support') total!: number;
  @ExposeFor('admin', { type: () => Item }) items!: Item[];
  @ExposeFor('admin') get name(): string {
    return '';
  }
  @ExposeFor('admin') method(): string {
    return '';
  }
  @Returns(Right) one() {}
  @Returns([Right]) many() {}
  @Returns(Page.of(Right)) page() {}
  @Returns(null) nothing() {}
  @Returns(Item) abstractOne() {}
  @RawResponse('CSV stream') raw() {}
}

const symbol = Symbol('x');

export class Wrong {
  // @ts-expect-error at least one audience
  @ExposeFor() none!: string;
  // @ts-expect-error options are no audience
  @ExposeFor({ type: () => Item }) onlyOptions!: string;
  // @ts-expect-error options come last
  @ExposeFor({ type: () => Item }, 'admin') first!: string;
  // @ts-expect-error a class, not an instance
  @ExposeFor('admin', { type: () => 'Item' }) instance!: string;
  // @ts-expect-error the class itself, also for arrays
  @ExposeFor('admin', { type: () => [Item] }) array!: Item[];
  // @ts-expect-error no audience
  @ExposeFor(5) number!: string;
  // @ts-expect-error a symbol that is neither OWNER nor ANYONE
  @ExposeFor(symbol) other!: string;
  // @ts-expect-error a symbol is no key of JSON
  @ExposeFor(ANYONE) [symbol]!: string;
  // @ts-expect-error a type is needed
  @Returns() untyped() {}
  // @ts-expect-error null is the empty body
  @Returns(undefined) undefined() {}
  // @ts-expect-error one class in a list
  @Returns([]) empty() {}
  // @ts-expect-error one class in a list
  @Returns([Right, Wrong]) two() {}
  // @ts-expect-error a reason is needed
  @RawResponse() reasonless() {}
}

/** A mistyped role does not compile where the application has named its roles. */
type MistypedIsRefused = string extends RoleName ? true : 'suport' extends ExposureAudience ? false : true;
export const mistypedIsRefused: MistypedIsRefused = true;
