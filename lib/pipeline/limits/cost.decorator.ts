import { SecurityConfigError } from '../../core/config-error.js';
import { metadataKey, placeOf, setMetadata } from '../../core/metadata.js';

/** Where `@Cost` keeps its units. */
export const COST = metadataKey('cost');

/**
 * What a call of a route takes of each of its limits; without it, one unit. For what is dear: an export, a search, a mail.
 *
 * @throws {SecurityConfigError} `limits.invalid` for anything but a whole number from 1
 * @see https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/
 * @example
 * ```ts
 * @Get('export') @Cost(20) @RawResponse('a file') export() {…}
 * ```
 */
export function Cost(units: number): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (!Number.isInteger(units) || units < 1) {
      throw new SecurityConfigError(
        'limits.invalid',
        placeOf(target, key),
        'has a @Cost that is no whole number from 1',
        'write @Cost(10); for a route without limits @SkipThrottle()',
      );
    }
    setMetadata(COST, units, target, descriptor);
  };
}
