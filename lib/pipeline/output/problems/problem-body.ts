import { STATUS_CODES } from 'node:http';
import type { Denial } from '../../../core/decision.js';
import { MAX_FIELD_ERRORS, PROBLEMS, type FieldError, type Problem } from '../../../core/problem.js';
import { REASONS, type DenialReason } from '../../../core/reason.js';
import type { RequestFacts } from '../../../core/request-facts.js';

/** The part of a problem that does not depend on the request. */
export interface ProblemHead {
  readonly type: string;
  readonly title: string;
  readonly status: number;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The public face of a denial: status, kind, title; never the reason. */
export function headOf({ reason, status }: Denial): ProblemHead {
  const head = HEADS[reason];
  return status === undefined ? head : { ...head, status };
}

const HEADS = Object.fromEntries(
  Object.entries(REASONS).map(([reason, { status, problem }]) => [
    reason,
    { type: `urn:gatehouse:problem:${problem}`, title: PROBLEMS[problem], status },
  ]),
) as Readonly<Record<DenialReason, ProblemHead>>;

/** A problem that says no more than its status (RFC 9457 §4.2.1). */
export function blankHead(status: number): ProblemHead {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status };
}

/** The URN of a request id: `urn:uuid:…`, or `urn:request:…` where a proxy gave an id of another form. */
function urnOf(requestId: string): string {
  return `${UUID.test(requestId) ? 'urn:uuid:' : 'urn:request:'}${requestId}`;
}

/**
 * The body of a failed request as JSON text. A text and not an object, because Nest 11 changes the content type of error objects.
 *
 * @param reason only in development.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemBody(
  head: ProblemHead,
  facts: RequestFacts,
  errors?: readonly FieldError[],
  reason?: string,
): string {
  const problem: Problem & { readonly reason?: string } = {
    type: head.type,
    title: head.title,
    status: head.status,
    instance: urnOf(facts.requestId),
    traceId: facts.traceId,
    errors: errors?.slice(0, MAX_FIELD_ERRORS),
    reason,
  };
  return JSON.stringify(problem);
}
