/**
 * A set of roles, with all that they inherit, as the rules and the serializer read it. Interned: two callers with the same
 * roles have the same object, so whatever is compiled for one audience is kept by identity.
 */
export interface Audience {
  /** Every role that the caller stands for, inherited ones included. Roles that the hierarchy does not know are not in it. */
  readonly roles: ReadonlySet<string>;
}

/** The audience of a caller without any role. */
export const NOBODY: Audience = Object.freeze({ roles: new Set<string>() });
