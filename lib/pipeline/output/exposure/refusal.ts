import { SecurityDenial } from '../../../core/security-denial.js';

/**
 * Refuses to let a value leave: 500, and nothing of the value in the answer or in the log.
 *
 * @param where the class and property as declared, `Order.items`.
 * @param problem what is wrong with the value, without its content.
 * @throws {SecurityDenial} `output.undeclared`
 */
export function refuse(where: string, problem: string): never {
  throw new SecurityDenial({ reason: 'output.undeclared', note: `${where}: ${problem}` });
}

/** The kind of a value, for the security log: never its content. */
export function kindOf(value: unknown): string {
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `an object of kind ${Object.prototype.toString.call(value).slice(8, -1)}`;
}
