/**
 * The values that a `Cookie` header has for a name, as they were sent: one, none, or several where somebody planted a second one.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.2
 * @example
 * ```ts
 * cookieValues('a=1; b=2; a=3', 'a'); // ['1', '3']
 * ```
 */
export function cookieValues(header: string, name: string): string[] {
  const values: string[] = [];
  for (const part of header.split(';')) {
    const pair = part.trim();
    if (pair.startsWith(name) && pair[name.length] === '=') values.push(pair.slice(name.length + 1));
  }
  return values;
}
