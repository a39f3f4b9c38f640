import { ValidateIf } from 'class-validator';

/**
 * The property may be left out. Unlike `@IsOptional()` it may not be `null`: where `null` is allowed, say so with {@link Nullable}.
 */
export function OptionalKey(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined);
}

/** The property may be left out, and `null` empties it. */
export function Nullable(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined && value !== null);
}
