import { RETRY_SOON } from '../../core/decision.js';
import { SecurityDenial } from '../../core/security-denial.js';

/**
 * Knows passwords that were breached or are tried first. Asked for each new password, never at a login. Whoever asks a service sends the
 * first characters of a SHA-1 and not the password.
 *
 * @see https://haveibeenpwned.com/API/v3#PwnedPasswords
 * @example
 * ```ts
 * const breached: BreachedPasswords = { isBreached: async (password) => bannedWords.has(password) };
 * ```
 */
export interface BreachedPasswords {
  isBreached(password: string): Promise<boolean>;
}

const DEADLINE_MS = 3000;

/**
 * Asks, for three seconds at most.
 *
 * @throws {SecurityDenial} `password.unavailable` (503) where the answer is an error, comes too late or is neither yes nor no
 */
export async function askBreached(
  port: BreachedPasswords,
  password: string,
  deadline = DEADLINE_MS,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadline);
  });
  let answer: unknown;
  try {
    answer = await Promise.race([port.isBreached(password), late]);
  } catch (error) {
    // The class alone: the message may hold what was asked.
    throw unanswered(error instanceof Error ? error.constructor.name : 'no Error');
  } finally {
    clearTimeout(timer);
  }
  if (typeof answer === 'boolean') return answer;
  throw unanswered(answer === 'late' ? 'too late' : 'neither true nor false');
}

function unanswered(why: string): SecurityDenial {
  return new SecurityDenial({
    reason: 'password.unavailable',
    note: `breached passwords: ${why}`,
    headers: RETRY_SOON,
  });
}
