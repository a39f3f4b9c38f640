import { SecurityConfigError } from '../core/config-error.js';
import { FINDING_CODES, type Finding, type FindingCode } from '../core/finding.js';
import { checkOptions, nameOf } from '../core/options.js';

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

// What these say cannot be made safe by accepting it: without access, an output or a plan a route is refused at run time too.
const NEVER_ACCEPTED: ReadonlySet<FindingCode> = new Set(['access.undeclared', 'access.contradiction']);

/**
 * Reads the option `audit`.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 */
export function resolveAudit(value: unknown): readonly AcceptedFinding[] {
  if (value === undefined) return [];
  const { baseline = [] } = checkOptions('audit', value, ['baseline']);
  if (!Array.isArray(baseline)) {
    throw new SecurityConfigError(
      'option.invalid',
      'audit.baseline',
      `is ${nameOf(baseline)}`,
      'write a list of { code, where, reason }',
    );
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
    if (NEVER_ACCEPTED.has(accepted.code)) {
      throw new SecurityConfigError(
        'option.invalid',
        `${path}.code`,
        `${accepted.code} cannot be accepted`,
        "declare the route's access instead: @Public('why'), @Authenticated(), @Roles(…), …",
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

/** The findings that stop the boot: all that the baseline does not accept. */
export function openFindings(findings: readonly Finding[], baseline: readonly AcceptedFinding[]): Finding[] {
  return findings.filter(
    (found) => !baseline.some(({ code, where }) => code === found.code && where === found.where),
  );
}
