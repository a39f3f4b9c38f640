import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which process: each has a core of its own, where the machine lets us choose. */
export type Role = 'server' | 'load';

const CORES: Readonly<Record<Role, string>> = { server: '0', load: '1' };

/** Whether processes can be kept on a core: on Linux, with `taskset` and two cores. */
export const canPin = availableParallelism() > 1 && hasTaskset();

/** The command that runs another on the core of a role. */
export function pinned(role: Role, command: readonly string[]): readonly string[] {
  return canPin ? ['taskset', '-c', CORES[role], ...command] : command;
}

/** Keeps this process on the core of a role. */
export function pinSelf(role: Role): void {
  if (canPin) execFileSync('taskset', ['-a', '-cp', CORES[role], String(process.pid)], { stdio: 'ignore' });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
