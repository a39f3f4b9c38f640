import { SecurityConfigError } from '../../../core/config-error.js';
import { metadataKey, placeOf, setMetadata } from '../../../core/metadata.js';

/** Where `@RawResponse` keeps its reason: on the method. */
export const RAW_RESPONSE = metadataKey('raw-response');

/**
 * Lets a handler answer with bytes that no exposure rule filters: a stream, a buffer, server-sent events, `@Res()`. The reason
 * shows in the inventory; what leaves is the handler's own responsibility.
 *
 * @throws {SecurityConfigError} `exposure.invalid` without a reason.
 * @example
 * ```ts
 * @Get('export') @Roles('admin') @RawResponse('CSV stream, columns chosen by hand') export(): StreamableFile {…}
 * ```
 */
export function RawResponse(reason: string): MethodDecorator {
  return (target, method, descriptor) => {
    if (typeof reason !== 'string' || reason.trim() === '') {
      throw new SecurityConfigError(
        'exposure.invalid',
        placeOf(target, method),
        'has @RawResponse() without a reason',
        "write why no exposure rule can filter it: @RawResponse('CSV stream, columns chosen by hand')",
      );
    }
    setMetadata(RAW_RESPONSE, reason, target, descriptor);
  };
}
