/** The longest text of an event, in UTF-16 units; longer ones are cut and end in `…`. */
const MAX_TEXT = 256;

/** The longest error (class and stack frames) of an event, in UTF-16 units. */
const MAX_ERROR = 4096;

// JSON escapes C0 controls itself. These it leaves: DEL and C1 (terminal escapes), line separators, bidi overrides, zero widths.
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * One JSON line without its line feed: every string cut to a bound, and nothing in it that a terminal or a log reader could take
 * for the end of the line, a control sequence or a change of direction.
 */
export function safeLine(event: object): string {
  // Not by a replacer of `JSON.stringify`, which would call it for each value and takes twice the time.
  const json = JSON.stringify(bounded(event));
  return json.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The event itself where none of its texts is too long, else a copy with shorter ones. */
function bounded(event: object): object {
  let copy: Record<string, unknown> | undefined;
  for (const key in event) {
    const value = (event as Record<string, unknown>)[key];
    const short = cut(value, key === 'error' ? MAX_ERROR : MAX_TEXT);
    if (short !== value) (copy ??= { ...event })[key] = short;
  }
  return copy ?? event;
}

function cut(value: unknown, bound: number): unknown {
  if (typeof value === 'string') return value.length <= bound ? value : `${value.slice(0, bound)}…`;
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return bounded(value);
  return value.some((item) => cut(item, bound) !== item) ? value.map((item) => cut(item, bound)) : value;
}
