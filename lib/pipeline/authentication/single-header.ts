/**
 * A header that may come once, by its name in lower case: `undefined` where there is none, `null` where there are several. It takes Node's raw
 * headers, because Node's own view joins several into one value.
 *
 * @param rawHeaders names and values in turn, as `IncomingMessage.rawHeaders` has them
 */
export function singleHeader(rawHeaders: readonly string[], name: string): string | null | undefined {
  let value: string | undefined;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const present = rawHeaders[i]!;
    if (present.length !== name.length || present.toLowerCase() !== name) continue;
    if (value !== undefined) return null;
    value = rawHeaders[i + 1]!;
  }
  return value;
}
