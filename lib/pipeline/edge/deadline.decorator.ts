import { SecurityConfigError } from '../../core/config-error.js';
import { metadataKey, setMetadata } from '../../core/metadata.js';

/** Where `@Deadline` keeps its milliseconds. */
export const DEADLINE = metadataKey('deadline');

/** A day. */
const MAX = 86_400_000;

/**
 * How long a request of a route, or of every route of a controller, may be in work before its answer begins; then it is answered 503.
 * From there on it is how long nothing may move on the connection. In the place of `edge.timeouts.handler`, for what takes longer, or
 * must not take as long. A client that keeps its connection moving gains a second at most.
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
