/** The codes of what the boot audit finds. `docs/audit.md` explains each one. */
export const FINDING_CODES = [
  'access.undeclared',
  'access.contradiction',
  'access.unknown-method',
  'access.key-unscoped',
  'access.param-unbound',
  'access.no-dpop',
  'access.unknown-role',
  'access.unknown-resource',
  'access.unknown-action',
  'access.unknown-policy',
  'access.policy-unbound',
  'access.no-query',
  'access.no-lock',
  'access.loaded-unbound',
  'access.handler-parameter',
  'access.reference-unchecked',
  'input.body-untyped',
  'input.body-unvalidated',
  'input.query-untyped',
  'input.request-object',
  'input.parameter-untyped',
  'input.writes-unbound',
  'output.undeclared',
  'output.contradiction',
  'output.response-object',
  'output.unexposed-class',
  'output.unreadable',
  'output.shared-cache',
  'limits.unknown-throttler',
  'limits.invalid',
  'order.filter',
  'sessions.unusable',
  'sessions.refresh-path',
  'surface.unplanned-route',
  'surface.gateway',
  'surface.message-handler',
  'surface.resolver',
] as const;

/** The code of one kind of finding. */
export type FindingCode = (typeof FINDING_CODES)[number];

/** One thing that the boot audit found, and what to write instead. */
export interface Finding {
  readonly code: FindingCode;
  /** Where: `OrdersController.get`, or the name of what is mounted. */
  readonly where: string;
  /** What is wrong, one sentence. */
  readonly message: string;
  /** What to write instead: the decorator or option, ready to paste. */
  readonly fix: string;
}

/** Makes a filter that lets each finding through once: what is wrong with a class that several routes use is reported once. */
export function onlyNew(): (finding: Finding) => boolean {
  const reported = new Set<string>();
  return ({ code, where, message }) => {
    const size = reported.size;
    return reported.add(`${code} ${where} ${message}`).size > size;
  };
}
