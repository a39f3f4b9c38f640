import { SecurityConfigError } from '../../core/config-error.js';
import { metadataKey, setMetadata } from '../../core/metadata.js';
import { isMediaType } from '../../kit/http/content.js';

/** Where `@Consumes` keeps its media types. */
export const CONSUMES = metadataKey('consumes');

/**
 * The media types of a body that a route, or every route of a controller, accepts; every other is answered 415. Without it a
 * route accepts `application/json` alone.
 *
 * @throws {SecurityConfigError} `input.invalid` for what is no media type; wildcards and parameters are none.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16
 * @example
 * ```ts
 * @Post(':id/attachments') @Consumes('multipart/form-data') attach() {…}
 * ```
 */
export function Consumes(...types: [string, ...string[]]): MethodDecorator & ClassDecorator {
  for (const type of types) {
    if (!isMediaType(type)) {
      throw new SecurityConfigError(
        'input.invalid',
        '@Consumes',
        'names what is not a media type',
        "write @Consumes('application/json')",
      );
    }
  }
  const value = types.map((type) => type.toLowerCase());
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    setMetadata(CONSUMES, value, target, descriptor);
  };
}
