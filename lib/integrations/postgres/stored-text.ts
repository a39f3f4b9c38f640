/**
 * Any text as a JSON string in ASCII, because PostgreSQL's `text` holds neither NUL nor half a surrogate pair, and a database that is
 * not in UTF-8 holds little else.
 *
 * @example
 * ```ts
 * storedText('é\0'); // '"\\u00e9\\u0000"'
 * ```
 */
export function storedText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text again. */
export function restoredText(stored: string): string {
  return JSON.parse(stored) as string;
}
