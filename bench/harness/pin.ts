import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Which process: each has a core of its own, where the machine lets us choose. */
export type Role = 'server' | 'load';

const CORES: Readonly<Record<Role, string>> = { server: '0', load: '1' };

/** Whether processes can be kept on a core: on Linux, with `taskset` and two cores. */
export const canPin = availableParallelism() > 1 && hasTaskset();

/** The command that runs another on any core: what a pinned process starts would stay on its own. */
export function unpinned(command: string, args: readonly string[]): [command: string, args: string[]] {
  return canPin
    ? ['taskset', ['-c', Object.values(CORES).join(','), command, ...args]]
    : [command, [...args]];
}

/** Keeps a process on the core of a role from now on. */
export function pin(pid: number, role: Role): void {
  if (canPin) execFileSync('taskset', ['-a', '-cp', CORES[role], String(pid)], { stdio: 'ignore' });
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
