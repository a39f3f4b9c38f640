/** Objects that were on their way to a caller who may not read them. */
export interface ExposureViolation {
  /** The resource that they are of, `Order`. */
  readonly resource: string;
  /** The path of its rule that the first of them did not have, where it was not loaded: `account.members`. */
  readonly missing: string | undefined;
  /** Whether the resource hides that they exist. */
  readonly conceal: boolean;
  count: number;
}
