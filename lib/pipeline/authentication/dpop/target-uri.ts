// No space, control, backslash or user name: parsers repair and drop them in their own ways.
const URI = /^https?:\/\/[a-z0-9.:[\]-]+(?:[/?#][!-[\]-~]*)?$/i;
const LONGEST = 2048;
const ENCODED = /%[0-9a-f]{2}/gi;
const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/**
 * Whether the `htu` of a proof names what was requested: `publicUrl`, which the application declares, and the path behind it. Query and
 * fragment do not count; scheme, host, port, dot segments and percent-encoding are compared in their normal form. The `Host` of the
 * request does not count either: whoever sends it writes it.
 *
 * @param publicUrl in its normal form, without a slash at its end
 * @param path as the request line has it, with or without its query
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
 * @example
 * ```ts
 * isTarget('https://API.example.com:443/a%7Eb?x=1', 'https://api.example.com', '/a~b'); // true
 * ```
 */
export function isTarget(htu: unknown, publicUrl: string, path: string): boolean {
  if (typeof htu !== 'string' || htu.length > LONGEST || path[0] !== '/') return false;
  const mark = path.indexOf('?');
  const requested = publicUrl + (mark === -1 ? path : path.slice(0, mark));
  if (htu === requested) return true;
  const [named, target] = [normalUri(htu), normalUri(requested)];
  return named !== undefined && named === target;
}

/** A URI without query and fragment, in its one spelling; `undefined` for what is no http(s) URI. */
export function normalUri(text: string): string | undefined {
  if (!URI.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname.replace(ENCODED, normalOctet)}`;
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2. */
function normalOctet(encoded: string): string {
  const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
  return UNRESERVED.test(character) ? character : encoded.toUpperCase();
}
