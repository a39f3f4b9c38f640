import type { Denial } from '../../core/decision.js';
import { MAX_FIELD_ERRORS } from '../../core/problem.js';
import { REASONS, type DenialReason } from '../../core/reason.js';
import type { SecurityOccurrence } from '../../core/security-event.js';

const CREDENTIALS = ['credential.', 'token.', 'api-key.', 'session.'];

type DenialEvent = Extract<SecurityOccurrence, { readonly reason: DenialReason }>['type'];

const TYPE_OF = Object.fromEntries(
  Object.keys(REASONS).map((reason) => [reason, typeOf(reason as DenialReason)]),
) as Readonly<Record<DenialReason, DenialEvent>>;

/** The event type under which a reason is logged. */
export function eventTypeOf(reason: DenialReason): DenialEvent {
  return TYPE_OF[reason];
}

/**
 * A denial in the words of the security log: type, reason, status, the note, and which inputs failed (pointer and code,
 * never a value).
 */
export function occurrenceOf(denial: Denial): SecurityOccurrence {
  const { reason, note } = denial;
  const status = denial.status ?? REASONS[reason].status;
  const type = eventTypeOf(reason);
  if (type === 'server.failed') return { type, reason, status, error: note };
  if (type !== 'input.rejected') return { type, reason, status, note };
  const failed = denial.logged ?? denial.errors?.map((error) => `${error.pointer} ${error.code}`);
  return { type, reason, status, note, errors: failed?.slice(0, MAX_FIELD_ERRORS) };
}

function typeOf(reason: DenialReason): DenialEvent {
  if (CREDENTIALS.some((room) => reason.startsWith(room))) return 'authentication.failed';
  if (reason.startsWith('access.') || reason.startsWith('csrf.')) return 'access.denied';
  if (reason.startsWith('limit.')) return 'limit.exceeded';
  if (reason.startsWith('input.') || reason.startsWith('edge.body')) return 'input.rejected';
  if (reason.startsWith('server.') || reason.startsWith('output.')) return 'server.failed';
  // A refusal by the application's own code is about access too.
  return reason.startsWith('app.') ? 'access.denied' : 'request.refused';
}
