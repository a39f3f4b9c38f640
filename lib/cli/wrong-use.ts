import { nearest } from '../core/options.js';

/** Says that a command was called in a way that it does not know, in words for whoever called it. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/**
 * One of the words that a command knows.
 *
 * @throws {WrongUse} with "did you mean" for a near miss
 */
export function oneWord<Word extends string>(
  what: string,
  given: string | undefined,
  known: readonly Word[],
): Word {
  const found = known.find((word) => word === given);
  if (found !== undefined) return found;
  if (given === undefined) throw new WrongUse(`${what} is missing: write one of ${known.join(', ')}`);
  const near = nearest(given, known);
  throw new WrongUse(
    near === undefined
      ? `${what} is none of ${known.join(', ')}`
      : `${what} is none of ${known.join(', ')}. Did you mean ${near}?`,
  );
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * A length of time in seconds: `90s`, `15m`, `1h`, `7d`.
 *
 * @throws {WrongUse}
 */
export function seconds(
  option: string,
  text: string | undefined,
  bounds: { readonly min: number; readonly max: number; readonly default: number },
): number {
  if (text === undefined) return bounds.default;
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const value = Number(count) * UNITS[unit as keyof typeof UNITS];
  if (value >= bounds.min && value <= bounds.max) return value;
  throw new WrongUse(
    `${option} is no time of ${bounds.min}s to ${bounds.max / UNITS.d}d: write it as 90s, 15m, 1h or 7d`,
  );
}
