// Each member of a union has to fit on its own: `Item | null` fits where `null` does and `Item` does.
type Fits<Written, Stored> = Written extends unknown
  ? [Written] extends [Stored]
    ? true
    : Written extends ReadonlyArray<infer Item>
      ? NonNullable<Stored> extends ReadonlyArray<infer StoredItem>
        ? Fits<Item, StoredItem>
        : false
      : Written extends object
        ? ObjectFits<Written, NonNullable<Stored>>
        : false
  : never;

type ObjectFits<Written, Stored> = Stored extends readonly unknown[]
  ? false
  : Stored extends object
    ? [Misfits<Written, Stored>] extends [never]
      ? true
      : false
    : false;

/** The properties of an input class that its entity has not, or has with another type. */
export type Misfits<Dto, Entity> = {
  [K in keyof Dto]-?: K extends keyof Entity
    ? false extends Fits<Exclude<Dto[K], undefined>, Entity[K]>
      ? K
      : never
    : K;
}[keyof Dto];

/** Anything, where every property of the input class fits the entity; else a property that names those that do not. */
export type Fitting<Dto, Entity> = [Misfits<Dto, Entity>] extends [never]
  ? unknown
  : { readonly 'the entity has no such property, or of another type': Misfits<Dto, Entity> };
