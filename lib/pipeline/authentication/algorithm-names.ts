import { SecurityConfigError } from '../../core/config-error.js';
import { invalidOption, nearest } from '../../core/options.js';
import { namesOf, type Algorithm } from '../../kit/keys/algorithm.js';

/**
 * The algorithms of an option, each under all its names; `undefined` where it is left out.
 *
 * @param what what all of `known` are, for the error: `a key pair`
 * @throws {SecurityConfigError} `option.invalid`
 */
export function algorithmNames(
  path: string,
  raw: unknown,
  known: readonly Algorithm[],
  what: string,
): readonly Algorithm[] | undefined {
  if (raw === undefined) return undefined;
  if (!Array.isArray(raw) || raw.length === 0) throw invalidOption(path, raw, "write a list: ['ES256']");
  for (const name of raw as readonly unknown[]) {
    if (known.includes(name as Algorithm)) continue;
    const near = typeof name === 'string' ? nearest(name, known) : undefined;
    throw new SecurityConfigError(
      'option.invalid',
      path,
      `names an algorithm that is none of ${what}`,
      near ? `did you mean '${near}'?` : `write one of ${known.join(', ')}`,
    );
  }
  return (raw as readonly Algorithm[]).flatMap(namesOf);
}
