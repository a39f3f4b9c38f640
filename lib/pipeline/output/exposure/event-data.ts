import { isPlain } from '../../../core/is-plain.js';
import { REDACTED } from './read-check.js';
import { kindOf, refuse } from './refusal.js';

/** An event of a stream, as Nest writes it. */
interface Message {
  readonly data?: unknown;
  readonly type?: unknown;
  readonly id?: unknown;
  readonly retry?: unknown;
  readonly comment?: unknown;
}

const FIELDS = ['type', 'id', 'retry', 'comment'] as const;
const PROPERTIES: ReadonlySet<string> = new Set([...FIELDS, 'data']);
const LINE_END = /[\r\n]/;

/**
 * Lets out of an event what its data may show. A plain object is Nest's `MessageEvent`: it has `data`, which is written by its class, and
 * nothing but the other known fields. What is no plain object is the data itself. `REDACTED` where the data may not leave at all.
 *
 * @throws {SecurityDenial} `output.undeclared` for any other plain object: a row has an `id` and a `type` too, which nobody has declared. And for a
 * field that is no text or number, or of more than one line: it would write events of its own
 */
export function eventData(event: unknown, where: string, serialize: (data: unknown) => unknown): unknown {
  if (!isPlain(event)) {
    const data = serialize(event);
    return data === REDACTED ? REDACTED : { data };
  }
  if (!Object.hasOwn(event, 'data') || Object.keys(event).some((key) => !PROPERTIES.has(key))) {
    refuse(
      where,
      'has an event that is neither an instance of a class nor { data } with type, id, retry and comment',
    );
  }
  const message: Message = event;
  const out: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const value = message[field];
    if (value === undefined || value === null) continue;
    if ((typeof value !== 'string' && typeof value !== 'number') || LINE_END.test(String(value))) {
      refuse(where, `has an event whose ${field} is ${kindOf(value)} that is not one line`);
    }
    out[field] = value;
  }
  const data = serialize(message.data);
  if (data === REDACTED) return REDACTED;
  return { ...out, data };
}
