// What stands in tutorials, templates and dictionaries. Longer words first, so that none hides a part of another.
const WORDS = [
  'replaceme',
  'changeme',
  'changethis',
  'production',
  'development',
  'authentication',
  'authorization',
  'signature',
  'signing',
  'password',
  'passphrase',
  'keyboardcat',
  'placeholder',
  'qwertyuiop',
  'qwerty',
  'example',
  'default',
  'letmein',
  'abcdef',
  'string',
  'sample',
  'random',
  'secure',
  'strong',
  'secret',
  'access',
  'please',
  'should',
  'nestjs',
  'admin',
  'super',
  'token',
  'value',
  'least',
  'very',
  'long',
  'nest',
  'auth',
  'bits',
  'bytes',
  'with',
  'this',
  'that',
  'your',
  'test',
  'prod',
  'the',
  'key',
  'jwt',
  'dev',
  'app',
  'api',
  'for',
  'env',
  'bit',
  'is',
  'my',
  'at',
];
const FEWEST_DISTINCT_BYTES = 8;
const FEWEST_OTHER_CHARACTERS = 16;

/**
 * Why a shared secret can be guessed although it is long enough, or `undefined`. It finds carelessness (padding, repetition,
 * sequences, words), not every weak secret. Never quotes the secret.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725#section-3.5
 * @example
 * ```ts
 * secretWeakness(Buffer.from('secret00000000000000000000000000'), 32); // 'has only 6 different bytes'
 * ```
 */
export function secretWeakness(secret: Buffer, minBytes: number): string | undefined {
  const distinct = new Set(secret).size;
  if (distinct < FEWEST_DISTINCT_BYTES) return `has only ${distinct} different bytes`;
  const period = periodOf(secret);
  if (period < minBytes) return `repeats ${period} bytes`;
  if (isSequence(secret)) return 'counts up or down';
  const text = secret.toString('latin1');
  if (/^[\x20-\x7e]+$/.test(text) && otherThanWords(text) < FEWEST_OTHER_CHARACTERS) {
    return 'is made of words that are in every list of known secrets';
  }
  return undefined;
}

/** The length of the unit that a secret consists of, at least twice; else its own length. */
function periodOf(secret: Buffer): number {
  for (let period = 1; period <= secret.length / 2; period++) {
    if (secret.subarray(period).equals(secret.subarray(0, secret.length - period))) return period;
  }
  return secret.length;
}

function isSequence(secret: Buffer): boolean {
  let steps = 0;
  for (let i = 1; i < secret.length; i++) if (Math.abs(secret[i]! - secret[i - 1]!) <= 1) steps++;
  return steps > secret.length / 2;
}

function otherThanWords(text: string): number {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '');
  let rest = plain;
  for (const word of WORDS) rest = rest.replaceAll(word, '');
  // Digits around words are padding; a long random number is not.
  return rest === plain ? plain.length : rest.replace(/^\d+|\d+$/g, '').length;
}
