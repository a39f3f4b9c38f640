import type { WireAnswer } from './wire.js';

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** The security headers that an answer lacks, and the headers that it should not have. */
export function headerFaults({ headers }: WireAnswer): string[] {
  const lacking = Object.entries(HEADERS).filter(([name, value]) => headers[name] !== value);
  const talkative = ['x-powered-by', 'server', 'via', 'x-runtime', 'x-aspnet-version'].filter(
    (name) => name in headers,
  );
  const id = /^[0-9a-f-]{36}$/.test(headers['x-request-id'] ?? '') ? [] : ['x-request-id'];
  return [...lacking.map(([name]) => name), ...id, ...talkative];
}

/** What an error says that only its makers should know: stacks, paths, queries, the words of parsers and frameworks. */
export const INTERNALS =
  /\bat \S+ \(|\bat (?:file|async|node):|node_modules|\/sample-app\/|"stack"|Error:|SELECT |INSERT |SQLITE|QueryFailed|EntityMetadata|FST_ERR|Cannot (?:GET|POST|TRACE|PATCH)|Unexpected (?:token|end)|in JSON at|not a valid url|body-parser|raw-body|express|fastify|nestjs|typeorm|undefined|\[object /i;

/** What is not a problem (RFC 9457) as the shop answers it. Empty: nothing. */
export function problemFaults(answer: WireAnswer): string[] {
  const faults = headerFaults(answer);
  if (answer.headers['content-type'] !== 'application/problem+json')
    return [...faults, `type ${answer.headers['content-type']}`];
  if (answer.text.length > 8 * 1024) faults.push(`${answer.text.length} bytes`);
  const leak = INTERNALS.exec(answer.text);
  if (leak) faults.push(`says ${leak[0]}`);
  const { type, title, status, instance, traceId, errors, ...rest } = JSON.parse(answer.text) as Record<
    string,
    unknown
  >;
  if (status !== answer.status) faults.push('another status');
  if (typeof type !== 'string' || typeof title !== 'string') faults.push('no type or title');
  if (instance !== `urn:uuid:${answer.headers['x-request-id']}`) faults.push('another instance');
  if (!/^[0-9a-f]{32}$/.test(String(traceId))) faults.push('no trace id');
  if (errors !== undefined && (!Array.isArray(errors) || errors.length > 20)) faults.push('errors');
  return [...faults, ...Object.keys(rest)];
}
