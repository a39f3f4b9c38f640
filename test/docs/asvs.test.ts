import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, textOf } from '../structure/sources.js';
import { inCopy } from './markdown.js';

/** How many requirements each section of ASVS 5.0 has. */
const SECTIONS: Readonly<Record<string, number>> = {
  '6.1': 3,
  '6.2': 12,
  '6.3': 8,
  '6.4': 6,
  '6.5': 8,
  '6.6': 4,
  '6.7': 2,
  '6.8': 4,
  '7.1': 3,
  '7.2': 4,
  '7.3': 2,
  '7.4': 5,
  '7.5': 3,
  '7.6': 2,
  '9.1': 3,
  '9.2': 4,
  '10.3': 5,
};

const rows = [...textOf('docs/asvs.md').matchAll(/^\| (\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+) \|$/gm)].map(
  ([, id, level, , cover]) => ({ id: id!, level: Number(level), cover: cover! }),
);

describe('docs/asvs.md', () => {
  it('has every requirement of its chapters once, in order', () => {
    const expected = Object.entries(SECTIONS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, at) => `${section}.${at + 1}`),
    );
    expect(rows.map(({ id }) => id)).toEqual(expected);
    for (const { level } of rows) expect([1, 2, 3]).toContain(level);
  });

  it('says of each by what it is covered, or why it is not ours', () => {
    const vague = rows.filter(
      ({ cover }) => !/^application\b|`test\/|\]\([a-z-]+\.md|^none are taken$/.test(cover),
    );
    expect(vague).toEqual([]);
  });

  it.skipIf(inCopy)('names tests that are there', () => {
    const named = rows.flatMap(({ cover }) =>
      [...cover.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!),
    );
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
