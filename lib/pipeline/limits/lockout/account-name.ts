// Not seen by who types or reads a name, and dropped by many who look one up: zero-width blanks, soft hyphens, marks of direction.
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/**
 * One spelling of the name of an account, for all that differ in case, Unicode form, blanks around it, or characters that nobody sees.
 *
 * @see https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
 * @example
 * ```ts
 * accountName(' Straße ') === accountName('STRASSE'); // true
 * ```
 */
export function accountName(name: string): string {
  // Both ways: `ß` has its fellows in capitals, and what a small letter is there depends on where it stands (`σ`, `ς`).
  const folded = name.normalize('NFKC').replace(UNSEEN, '').toUpperCase().toLowerCase();
  return folded.replaceAll('ς', 'σ').normalize('NFKC').trim();
}
