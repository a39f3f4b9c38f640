import type { Type } from '@nestjs/common';

/** To whom a property of an entity is exposed. */
export interface ExposedProperty {
  readonly anyone: boolean;
  readonly owner: boolean;
  readonly roles: ReadonlySet<string>;
  /** Whether it leaves as it is stored: one value that no `@Transform` changes. */
  readonly plain: boolean;
}

/** How the properties of an entity are exposed, by name. */
export type ExposedOf = (entity: Type<object>) => ReadonlyMap<string, ExposedProperty>;
