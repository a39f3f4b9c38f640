/** The methods that only read (RFC 9110 §9.2.1), but for `TRACE`, which no application needs. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
