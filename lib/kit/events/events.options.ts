import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, hasMethod, nameOf } from '../../core/options.js';
import type { EventSink } from '../../core/security-event.js';
import { JsonLines } from './json-lines.js';

/** Where security events go. */
export interface EventsOptions {
  /** Takes every event; must not throw and must not wait. Default: one JSON line each to standard output. */
  readonly sink?: EventSink;
}

/** {@link EventsOptions}, checked and complete. */
export interface EventsSettings {
  readonly sink: EventSink;
}

/**
 * Checks the `events` option.
 *
 * @throws {SecurityConfigError} `option.unknown`, `option.invalid`
 */
export function resolveEvents(raw: unknown = {}): EventsSettings {
  const { sink } = checkOptions('events', raw, ['sink']);
  if (sink === undefined) return { sink: new JsonLines() };
  if (!hasMethod(sink, 'write')) {
    throw new SecurityConfigError(
      'option.invalid',
      'events.sink',
      `is ${nameOf(sink)} without a write method`,
      'write an object with write(event): void, or leave it out for JSON lines on standard output',
    );
  }
  return { sink: sink as EventSink };
}
