import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Whether the commands of the pages can be run here. */
export const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** One command of a `console` block and what it prints. `…` stands for any text. */
export interface Command {
  readonly command: string;
  readonly prints: string;
}

/** The commands of a `console` block: the lines after `$`, each with the lines that follow it. */
export function commandsOf(text: string): Command[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...prints] = part.split('\n');
      return { command, prints: prints.join('\n').trim() };
    });
}

/** Runs commands in one shell, and returns what each of them prints. */
export async function runInShell(commands: readonly string[], cwd: string): Promise<string[]> {
  const mark = '=== next ===';
  const script = commands.map((command) => `${command}\nprintf '\\n${mark}\\n'`).join('\n');
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd });
  return stdout
    .split(`${mark}\n`)
    .slice(0, -1)
    .map((output) => output.trim());
}

/** Whether a text is what a page shows. */
export function isAsShown(actual: string, shown: string): boolean {
  const pattern = shown.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.+?')}$`).test(actual);
}
