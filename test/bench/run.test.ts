import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROOT, textOf } from '../structure/sources.js';

const TABLES = ['cpu', 'throughput', 'algorithms', 'verifier', 'hostile-body', 'hits', 'keys', 'attacks'];

describe('the bench', () => {
  it('runs end to end and prints its tables as Markdown and as JSON', { timeout: 900_000 }, () => {
    const output = execFileSync('npm', ['run', '--silent', 'bench', '--', '--quick'], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 16 * 1024 * 1024,
    });
    const [, json] = /```json\n(.*)\n```/.exec(output)!;
    const { machine, ...tables } = JSON.parse(json!) as Record<string, Array<Record<string, unknown>>>;
    expect(machine).toMatchObject({ node: process.version });
    expect(Object.keys(tables)).toEqual([...TABLES, 'growth-nesting', 'exposure', 'sign-in']);
    for (const [id, rows] of Object.entries(tables)) expect(rows.length, id).toBeGreaterThan(0);
    // Both adapters, every load, every stack: a figure that is no number is no figure.
    expect(tables['cpu']).toHaveLength(14);
    for (const row of tables['cpu']!) {
      for (const name of ['bare, µs', 'hand-assembled', 'floor', 'gatehouse']) {
        expect(row[name], `${String(row['load'])}: ${name}`).toBeGreaterThan(0);
      }
    }
    // Memory, which another process does not change.
    const checked = tables['exposure']!.find(({ way }) => way === 'exposure and the second line');
    expect(checked!['MiB ÷ raw']).toBeLessThanOrEqual(1.5);
    expect(output.match(/^### /gm)).toHaveLength(TABLES.length + 3);
  });

  it('has its figures in the docs, with the machine and the command', () => {
    const page = textOf('docs/performance.md');
    expect(page).toContain('npm run bench');
    const figures = page.slice(page.indexOf('<!-- bench: begin -->'), page.indexOf('<!-- bench: end -->'));
    expect(figures).toMatch(/\d{4}-\d\d-\d\d, .+ cores.*, Node\.js v\d+/);
    for (const title of [
      'CPU a request',
      'Allocations a request',
      'Where the time goes',
      'Growth with the list',
      'A list of 10,000 orders',
    ]) {
      expect(figures).toContain(`### ${title}`);
    }
  });
});
