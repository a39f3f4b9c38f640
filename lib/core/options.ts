import { SecurityConfigError } from './config-error.js';

/** An options object whose keys are not yet known to be right. */
export type RawOptions = Readonly<Record<string, unknown>>;

/**
 * Refuses anything but a plain object with known keys; a near miss is answered with "did you mean".
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 */
export function checkOptions(path: string, value: unknown, known: readonly string[]): RawOptions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SecurityConfigError(
      'option.invalid',
      path,
      `is ${nameOf(value)}, not an object`,
      `write an object with: ${known.join(', ')}`,
    );
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const near = nearest(key, known);
      throw new SecurityConfigError(
        'option.unknown',
        `${path}.${key}`,
        'is not an option',
        near ? `did you mean ${path}.${near}?` : `known options: ${known.join(', ')}`,
      );
    }
  }
  return value as RawOptions;
}

/**
 * A whole number within bounds, or the default where the option is left out.
 *
 * @throws {SecurityConfigError} `option.invalid`
 */
export function wholeNumber(
  path: string,
  value: unknown,
  bounds: { min: number; max: number; default: number },
): number {
  if (value === undefined) return bounds.default;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < bounds.min || value > bounds.max) {
    const fix = `write a whole number from ${bounds.min} to ${bounds.max}`;
    throw new SecurityConfigError('option.invalid', path, `is ${nameOrNumber(value)}`, fix);
  }
  return value;
}

/**
 * `true` or `false`, or the default where the option is left out.
 *
 * @throws {SecurityConfigError} `option.invalid`
 */
export function flag(path: string, value: unknown, byDefault: boolean): boolean {
  if (value === undefined) return byDefault;
  if (typeof value !== 'boolean') {
    throw invalidOption(path, value, 'write true or false');
  }
  return value;
}

/**
 * A list of non-empty strings, or the default where the option is left out.
 *
 * @throws {SecurityConfigError} `option.invalid`
 */
export function strings(path: string, value: unknown, byDefault: readonly string[]): readonly string[] {
  if (value === undefined) return byDefault;
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string' || item === '')) {
    throw invalidOption(path, value, 'write a list of non-empty strings');
  }
  return value as string[];
}

/**
 * One of a few values, or the default where the option is left out.
 *
 * @throws {SecurityConfigError} `option.invalid`
 */
export function oneOf<T extends string | number | boolean>(
  path: string,
  value: unknown,
  choices: readonly T[],
  byDefault: T,
): T {
  if (value === undefined) return byDefault;
  if (choices.includes(value as T)) return value as T;
  const words = choices.map((choice) => (typeof choice === 'string' ? `'${choice}'` : String(choice)));
  throw invalidOption(path, value, `write ${words.join(' or ')}`);
}

/** The error of an option whose value is of the wrong kind: it names the kind, never the value. */
export function invalidOption(path: string, value: unknown, fix: string): SecurityConfigError {
  return new SecurityConfigError('option.invalid', path, `is ${nameOf(value)}`, fix);
}

/**
 * Refuses an argument with a property that nobody reads: a misspelt one would be left out without a word.
 *
 * @throws {TypeError}
 */
export function refuseUnknown(what: string, argument: object, known: readonly string[]): void {
  const unknown = Object.keys(argument).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  const fix = near ? `did you mean ${near}?` : `it has ${known.join(', ')}.`;
  throw new TypeError(`${what} has no property '${unknown}': ${fix}`);
}

/**
 * What is wrong with the options of a decorator that nobody would read, and what to write instead, for the error that names the place.
 *
 * @example
 * ```ts
 * unreadOption('@Can', { frm: { query: 'id' } }, ['from']); // ["has @Can with 'frm', which is no option", 'did you mean from?']
 * ```
 */
export function unreadOption(
  decorator: string,
  options: unknown,
  known: readonly string[],
): readonly [problem: string, fix: string] | undefined {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    return [
      `has ${decorator} with ${nameOf(options)} for its options`,
      `write an object with: ${known.join(', ')}`,
    ];
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  const near = nearest(unknown, known);
  const fix = near ? `did you mean ${near}?` : `its options: ${known.join(', ')}`;
  return [`has ${decorator} with '${unknown}', which is no option`, fix];
}

/** Whether a value is an object with a method of this name. */
export function hasMethod(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as RawOptions)[name] === 'function';
}

/** A name for a wrong value where a number is asked for: that very number, anything else by its kind. */
export function nameOrNumber(value: unknown): string {
  return typeof value === 'number' ? String(value) : nameOf(value);
}

/**
 * A name for a wrong value that tells its kind and never its content: it may be a secret, a number too.
 *
 * @example
 * ```ts
 * nameOf('hunter2'); // 'a string of 7 characters'
 * ```
 */
export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string')
    return value === '' ? 'an empty string' : `a string of ${value.length} characters`;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'function' ? 'a function' : 'an object';
}

/** The known word within two edits of a misspelt one. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(row[j - 1]! + 1, previous[j]! + 1, substitution);
    }
    previous = row;
  }
  return previous[b.length]!;
}
