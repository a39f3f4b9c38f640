/**
 * One failed input: where it is (RFC 6901 JSON pointer, `/items/0/quantity`), a stable code, a sentence.
 * Never the value.
 */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** The most failed inputs that a client is told about, and that the log names. */
export const MAX_FIELD_ERRORS = 20;

/**
 * The body of every failed request, `application/problem+json`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 * @example
 * ```json
 * { "type": "urn:gatehouse:problem:not-found", "title": "Not Found", "status": 404, "instance": "urn:uuid:…", "traceId": "…" }
 * ```
 */
export interface Problem {
  /** A URI naming the kind of problem: one of {@link PROBLEMS}, `about:blank`, or the application's own. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /**
   * `urn:uuid:` and the request id, or `urn:request:` where a proxy gave an id of another form. The same id is in the
   * `X-Request-Id` header and in the security log.
   */
  readonly instance: string;
  /** The W3C trace id, 32 hex digits. */
  readonly traceId: string;
  readonly errors?: readonly FieldError[];
}

/** The public kinds of problem, with the title that a client sees. The type URI is `urn:gatehouse:problem:` and the key. */
export const PROBLEMS = {
  'malformed-request': 'Malformed Request',
  unauthenticated: 'Unauthenticated',
  forbidden: 'Forbidden',
  'not-found': 'Not Found',
  'method-not-allowed': 'Method Not Allowed',
  timeout: 'Request Timeout',
  conflict: 'Conflict',
  'length-required': 'Length Required',
  'payload-too-large': 'Payload Too Large',
  'unsupported-media-type': 'Unsupported Media Type',
  'expectation-failed': 'Expectation Failed',
  'invalid-input': 'Invalid Input',
  'rate-limited': 'Too Many Requests',
  'headers-too-large': 'Request Header Fields Too Large',
  unavailable: 'Service Unavailable',
  'internal-error': 'Internal Server Error',
} as const;

/** A public kind of problem. */
export type ProblemKind = keyof typeof PROBLEMS;
