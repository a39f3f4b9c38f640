const MAX_SEGMENT = 64;

/**
 * The RFC 6901 pointer of a path. Names may come from the client, so each is cut to 64 characters and loses its control,
 * format and surrogate characters.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6901
 * @example
 * ```ts
 * toPointer(['items', 0, 'a/b']); // '/items/0/a~1b'
 * ```
 */
export function toPointer(path: ReadonlyArray<string | number>): string {
  let pointer = '';
  for (const segment of path) pointer += `/${typeof segment === 'number' ? segment : escaped(segment)}`;
  return pointer;
}

function escaped(name: string): string {
  return name
    .slice(0, MAX_SEGMENT)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '')
    .replaceAll('~', '~0')
    .replaceAll('/', '~1');
}
