// RFC 6749 §3.3. Nothing else may reach a claim that is split at blanks, or the WWW-Authenticate header.
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Whether a value names one scope: no text with a blank in it, which would be two.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
export function isScope(value: unknown): value is string {
  return typeof value === 'string' && SCOPE.test(value);
}
