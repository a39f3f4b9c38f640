import { SecurityConfigError } from '../core/config-error.js';
import { FINDING_CODES, type FindingCode } from '../core/finding.js';
import { checkOptions, invalidOption } from '../core/options.js';

/** A finding that an existing application lives with for now, and why. */
export interface AcceptedFinding {
  readonly code: FindingCode;
  /** As the audit prints it: `OrdersController.get`. */
  readonly where: string;
  readonly reason: string;
}

/**
 * Options of the boot audit.
 *
 * @example
 * ```ts
 * audit: { baseline: [{ code: 'input.body-untyped', where: 'ImportController.run', reason: 'legacy import, replaced in March' }] }
 * ```
 */
export interface AuditOptions {
  readonly baseline?: readonly AcceptedFinding[];
}

/** What an application may live with. The others leave a route that nobody can reach, or that contradicts itself. */
const ACCEPTABLE: ReadonlySet<FindingCode> = new Set([
  'access.param-unbound',
  'input.body-untyped',
  'input.body-unvalidated',
  'input.query-untyped',
  'input.request-object',
  'input.parameter-untyped',
  'output.undeclared',
  'output.response-object',
  'output.shared-cache',
  'order.filter',
  'sessions.refresh-path',
  'surface.unplanned-route',
  'surface.gateway',
  'surface.message-handler',
  'surface.resolver',
]);

/**
 * Reads the option `audit`.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 */
export function resolveAudit(value: unknown): readonly AcceptedFinding[] {
  if (value === undefined) return [];
  const { baseline = [] } = checkOptions('audit', value, ['baseline']);
  if (!Array.isArray(baseline)) {
    throw invalidOption('audit.baseline', baseline, 'write a list of { code, where, reason }');
  }
  return baseline.map((entry: unknown, index) => {
    const path = `audit.baseline[${index}]`;
    const accepted = checkOptions(path, entry, ['code', 'where', 'reason']) as unknown as AcceptedFinding;
    if (!FINDING_CODES.includes(accepted.code)) {
      throw new SecurityConfigError(
        'option.invalid',
        `${path}.code`,
        'is not a finding',
        `write one of: ${FINDING_CODES.join(', ')}`,
      );
    }
    if (!ACCEPTABLE.has(accepted.code)) {
      throw new SecurityConfigError(
        'option.invalid',
        `${path}.code`,
        `${accepted.code} cannot be accepted`,
        `change the declaration; these can be accepted: ${[...ACCEPTABLE].join(', ')}`,
      );
    }
    if (
      typeof accepted.where !== 'string' ||
      typeof accepted.reason !== 'string' ||
      accepted.reason.trim() === ''
    ) {
      throw new SecurityConfigError(
        'option.missing',
        path,
        "needs 'where' and 'reason'",
        "write { code, where: 'OrdersController.get', reason: 'why, until when' }",
      );
    }
    return accepted;
  });
}

/** Why the routes whose output is accepted as it is leave as they are, by handler: as if they had `@RawResponse(reason)`. */
export function acceptedOutputs(baseline: readonly AcceptedFinding[]): ReadonlyMap<string, string> {
  const output = baseline.filter(
    ({ code }) => code === 'output.undeclared' || code === 'output.response-object',
  );
  return new Map(output.map(({ where, reason }) => [where, reason]));
}

/** The routes outside Nest that are accepted as they are: `GET /metrics`. */
export function acceptedRoutes(baseline: readonly AcceptedFinding[]): string[] {
  return baseline.filter(({ code }) => code === 'surface.unplanned-route').map(({ where }) => where);
}
