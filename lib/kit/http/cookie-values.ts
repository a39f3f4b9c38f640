/**
 * The values that a `Cookie` header has for a name, as they were sent: one, none, or several where somebody planted a second one. Blanks
 * around a pair are a space and a tab (RFC 6265 §5.2), nothing else: for a browser, a name that begins with U+00A0 does not begin with `__Host-`.
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
    let [from, to] = [0, part.length];
    while (isBlank(part[from])) from++;
    if (!part.startsWith(name, from) || part[from + name.length] !== '=') continue;
    while (isBlank(part[to - 1])) to--;
    values.push(part.slice(from + name.length + 1, to));
  }
  return values;
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
