import { SecurityConfigError } from '../core/config-error.js';
import { KEYS_USAGE, keysCommand } from './keys.command.js';
import { EXPLAIN_USAGE } from './explain.usage.js';
import { WrongUse } from './wrong-use.js';
import { KeyRingFault } from '../kit/keys/key-ring.document.js';

/** The name of the command. */
export const GATEHOUSE = 'gatehouse';

const USAGE = `${KEYS_USAGE}\n\n${EXPLAIN_USAGE}`;

/** What a command comes to: its exit code (0: done; 1: it could not be done; 2: it was called wrongly), and what it prints. */
export interface CommandResult {
  readonly code: 0 | 1 | 2;
  readonly out?: string;
  readonly err?: string;
}

/**
 * Runs `gatehouse` with its arguments. Prints nothing itself, and never a private key. `now` in milliseconds since the epoch.
 *
 * @example
 * ```ts
 * (await runGatehouse(['keys', 'list', '--file', '.data/keys.json'], Date.now())).out;
 * ```
 */
export async function runGatehouse(args: readonly string[], now: number): Promise<CommandResult> {
  const [command, ...rest] = args;
  if (command === undefined || command === '--help' || command === '-h') return { code: 0, out: USAGE };
  try {
    if (command === 'keys') return { code: 0, out: keysCommand(rest, Math.floor(now / 1000)) };
    if (command === 'explain') {
      // Nest is needed for this command alone.
      const { explainCommand } = await import('./explain.command.js');
      return { code: 0, out: await explainCommand(rest) };
    }
    throw new WrongUse(`there is no command ${JSON.stringify(command.slice(0, 40))}`);
  } catch (error) {
    if (error instanceof WrongUse) {
      const usage = { keys: KEYS_USAGE, explain: EXPLAIN_USAGE }[command] ?? USAGE;
      return { code: 2, err: `${error.message}\n\n${usage}` };
    }
    if (error instanceof SecurityConfigError) return { code: 1, err: error.message };
    if (error instanceof KeyRingFault)
      return { code: 1, err: `the key ring ${error.problem}\n  → ${error.fix}` };
    // The code alone: a message may quote what it read.
    return { code: 1, err: `failed: ${(error as NodeJS.ErrnoException).code ?? 'an error of its own'}` };
  }
}
