import { expect } from 'vitest';

const SECURITY_HEADERS: Record<string, string> = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** The security headers and the request id are there, and no trace of the framework. */
export function expectSecured(headers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) expect(headers[name], name).toBe(value);
  expect(headers['x-request-id']).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
  expect(headers['x-powered-by']).toBeUndefined();
}

/** A problem of this status, secured, with nothing of the exception in it. */
export function expectProblem(
  answer: { status: number; headers: Record<string, unknown>; text?: string; body?: string },
  status: number,
  kind?: string,
): void {
  const text = answer.text ?? answer.body ?? '';
  expect({ status: answer.status, text }).toMatchObject({ status });
  expectSecured(answer.headers);
  expect(answer.headers['content-type']).toBe('application/problem+json');
  const body = JSON.parse(text) as Record<string, unknown>;
  expect(body['status']).toBe(status);
  expect(body['instance']).toBe(`urn:uuid:${String(answer.headers['x-request-id'])}`);
  expect(body['traceId']).toMatch(/^[0-9a-f]{32}$/);
  if (kind) expect(body['type']).toBe(kind.includes(':') ? kind : `urn:gatehouse:problem:${kind}`);
  expect(text).not.toMatch(/hunter2|stack|node_modules|Unexpected token/);
}
