import { SecurityConfigError } from '../../core/config-error.js';
import { metadataKey, setMetadata } from '../../core/metadata.js';

/** Where `@Deadline` keeps its milliseconds. */
export const DEADLINE = metadataKey('deadline');

/** A day. */
const MAX = 86_400_000;

/**
 * How long nothing may move on the connection while a route, or every route of a controller, is in work; then it is answered 503. In
 * the place of `edge.timeouts.handler`, for what takes longer, or must not take as long.
 *
 * @param milliseconds from 100 to 86400000, a day.
 * @throws {SecurityConfigError} `option.invalid` for anything else.
 * @example
 * ```ts
 * @Get('report') @Deadline(120_000) report() {…}
 * ```
 */
export function Deadline(milliseconds: number): MethodDecorator & ClassDecorator {
  if (!Number.isInteger(milliseconds) || milliseconds < 100 || milliseconds > MAX) {
    throw new SecurityConfigError(
      'option.invalid',
      '@Deadline',
      'has no number of milliseconds',
      `write a whole number from 100 to ${MAX}: @Deadline(120_000)`,
    );
  }
  return (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) => {
    setMetadata(DEADLINE, milliseconds, target, descriptor);
  };
}
