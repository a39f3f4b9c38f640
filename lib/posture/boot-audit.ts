import { SecurityConfigError } from '../core/config-error.js';
import type { Finding } from '../core/finding.js';
import type { AcceptedFinding } from './audit.options.js';

/**
 * Stops the boot when anything was found that the baseline does not accept, and lists all of it: where, what is wrong, what to write instead.
 *
 * @throws {SecurityConfigError} `audit.failed`
 * @see https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/
 */
export function enforceAudit(findings: readonly Finding[], baseline: readonly AcceptedFinding[]): void {
  const open = findings.filter(
    (found) => !baseline.some(({ code, where }) => code === found.code && where === found.where),
  );
  if (open.length === 0) return;
  const lines = open.map(
    ({ code, where, message, fix }) => `  ${where}  [${code}]\n    ${message}\n    → ${fix}`,
  );
  throw new SecurityConfigError(
    'audit.failed',
    'boot audit',
    `found ${open.length} ${open.length === 1 ? 'problem' : 'problems'}; the application does not start:\n${lines.join('\n')}`,
    'declare each as shown. Every finding is explained in docs/audit.md',
  );
}
