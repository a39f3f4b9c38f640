import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption, wholeNumber } from '../../core/options.js';
import { isMediaType } from '../../kit/http/content.js';

/** How long bodies may be, in bytes. */
export interface BodyLimits {
  /** Where {@link byType} says nothing. */
  readonly byDefault: number;
  /** By media type, in lower case. */
  readonly byType: ReadonlyMap<string, number>;
}

/** A body that is held in memory. */
const MAX_READ = 64 * 1024 * 1024;
/** A body that a parser of the application may write to a disk. */
const MAX_STREAMED = 16 * 1024 * 1024 * 1024;
const READ_TYPE = /^application\/(?:json|x-www-form-urlencoded)$/;
const EXAMPLE = "bodyLimits: { 'multipart/form-data': 5_000_000 }";

/**
 * Checks the options `edge.bodyLimit` and `edge.bodyLimits`.
 *
 * @throws {SecurityConfigError} `option.invalid`
 */
export function resolveBodyLimits(byDefault: unknown, byType: unknown = {}): BodyLimits {
  if (typeof byType !== 'object' || byType === null || Array.isArray(byType)) {
    throw invalidOption('edge.bodyLimits', byType, `write ${EXAMPLE}`);
  }
  const limits = new Map<string, number>();
  for (const [type, limit] of Object.entries(byType)) {
    const path = `edge.bodyLimits['${type}']`;
    if (!isMediaType(type) || type !== type.toLowerCase()) {
      throw new SecurityConfigError(
        'option.invalid',
        path,
        'is not a media type in lower case',
        `write ${EXAMPLE}`,
      );
    }
    if (limit === undefined) throw invalidOption(path, limit, 'write a number of bytes');
    const max = READ_TYPE.test(type) ? MAX_READ : MAX_STREAMED;
    limits.set(type, wholeNumber(path, limit, { min: 1, max, default: 0 }));
  }
  return {
    byDefault: wholeNumber('edge.bodyLimit', byDefault, { min: 1, max: MAX_READ, default: 100 * 1024 }),
    byType: limits,
  };
}

/** The longest body of a media type, in bytes. */
export function limitOf({ byDefault, byType }: BodyLimits, mediaType: string): number {
  return byType.get(mediaType) ?? byDefault;
}

/**
 * Refuses a limit for a media type that no route takes: a mistyped one would leave the default in force, unnoticed.
 *
 * @param taken the media types that any route takes.
 * @throws {SecurityConfigError} `option.invalid`
 */
export function refuseUnusedLimits({ byType }: BodyLimits, taken: ReadonlySet<string>): void {
  for (const type of byType.keys()) {
    if (type === 'application/json' || taken.has(type)) continue;
    throw new SecurityConfigError(
      'option.invalid',
      `edge.bodyLimits['${type}']`,
      'is the limit of a body that no route takes',
      `correct the media type, remove it, or write @Consumes('${type}') on the route`,
    );
  }
}
