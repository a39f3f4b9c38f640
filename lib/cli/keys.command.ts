import { parseArgs, type ParseArgsConfig } from 'node:util';
import { newRing, retired, rotated } from '../kit/keys/key-ring.changes.js';
import {
  AHEAD,
  KeyRingFault,
  signerAt,
  signingAlgorithm,
  TOKEN_LIFE,
  type RingDocument,
  type RingKey,
} from '../kit/keys/key-ring.document.js';
import { changeRing, createRing, readRing } from '../kit/keys/key-ring.file.js';
import type { SigningAlgorithm } from '../kit/keys/signing-key.js';
import { oneWord, seconds, WrongUse } from './wrong-use.js';

/** How `gatehouse keys` is called. */
export const KEYS_USAGE = `Usage:
  gatehouse keys generate --file <path> [--algorithm Ed25519|ES256|RS256] [--publish-ahead 1h] [--longest-token 15m]
  gatehouse keys rotate   --file <path> [--algorithm Ed25519|ES256|RS256]
  gatehouse keys retire   --file <path> <kid> [--compromised]
  gatehouse keys list     --file <path>

generate  makes a ring with one key, which signs at once
rotate    publishes the next key now; it signs after --publish-ahead, when verifiers know it
retire    ends a key before its time; --compromised: what it has signed counts no more
list      shows the keys and their times, never a private one`;

const ACTIONS = ['generate', 'rotate', 'retire', 'list'] as const;
const text = { type: 'string' } as const;
const OPTIONS: Record<(typeof ACTIONS)[number], NonNullable<ParseArgsConfig['options']>> = {
  generate: { file: text, algorithm: text, 'publish-ahead': text, 'longest-token': text },
  rotate: { file: text, algorithm: text },
  retire: { file: text, compromised: { type: 'boolean' } },
  list: { file: text },
};

interface Given {
  readonly file: string;
  readonly kid: string | undefined;
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/**
 * Makes and changes the file of a key ring. `now` in seconds since the epoch.
 *
 * @throws {WrongUse} for arguments that it does not know
 * @throws {KeyRingFault} where the ring does not allow it
 */
export function keysCommand(args: readonly string[], now: number): string {
  const action = oneWord('the action of gatehouse keys', args[0], ACTIONS);
  const given = read(action, args.slice(1));
  if (action === 'generate') return generate(given, now);
  if (action === 'list') return shown(readRing(given.file), now);
  const change = (document: RingDocument) =>
    action === 'rotate'
      ? rotated(document, now, algorithmOf(given) ?? newestOf(document).jwk.alg)
      : retired(document, now, given.kid!, given.values['compromised'] === true);
  const before = readRing(given.file);
  const after = changeRing(given.file, change);
  return `${action === 'rotate' ? nextOf(after, before) : RETIRED}\n\n${shown(after, now)}`;
}

const RETIRED =
  'Instances that run take this over within half a minute. Verifiers that have an older key set may refuse new tokens until they fetch it again.';

function generate(given: Given, now: number): string {
  const { file, values } = given;
  const publishAhead = seconds('--publish-ahead', values['publish-ahead'] as string | undefined, AHEAD);
  const longestToken = seconds('--longest-token', values['longest-token'] as string | undefined, TOKEN_LIFE);
  const document = newRing(now, algorithmOf(given), { publishAhead, longestToken });
  if (!createRing(file, document))
    throw new KeyRingFault(
      'is there already',
      'gatehouse keys rotate makes the next key; nothing was changed',
    );
  return `The ring is made, readable by its owner alone. Back it up as a secret.\n\n${shown(document, now)}`;
}

function nextOf(after: RingDocument, before: RingDocument): string {
  const known = new Set(before.keys.map(({ jwk }) => jwk.kid));
  const { jwk, signsFrom } = after.keys.find((key) => !known.has(key.jwk.kid))!;
  return `${jwk.kid} is published, and signs from ${timeOf(signsFrom)}.`;
}

function shown(document: RingDocument, now: number): string {
  const signer = signerAt(document, now);
  const rows = document.keys.map((key) => [
    key.jwk.kid,
    key.jwk.alg,
    stateOf(key, signer, now),
    timeOf(key.signsFrom),
    timeOf(key.signsUntil),
    timeOf(key.publishedUntil),
  ]);
  const table = [['kid', 'alg', 'state', 'signs from', 'signs until', 'published until'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function stateOf(key: RingKey, signer: RingKey | undefined, now: number): string {
  if (key === signer) return 'signing';
  if (key.signsFrom > now) return 'next';
  return (key.publishedUntil ?? Infinity) <= now ? 'gone' : 'retired';
}

function timeOf(time: number | undefined): string {
  return time === undefined ? '-' : new Date(time * 1000).toISOString().replace('.000', '');
}

function newestOf({ keys }: RingDocument): RingKey {
  return keys.reduce((newest, key) => (key.signsFrom > newest.signsFrom ? key : newest));
}

function algorithmOf({ values }: Given): SigningAlgorithm | undefined {
  const name = values['algorithm'];
  if (name === undefined) return undefined;
  const algorithm = signingAlgorithm(name);
  if (algorithm) return algorithm;
  throw new WrongUse('--algorithm is none of Ed25519, ES256, RS256');
}

function read(action: (typeof ACTIONS)[number], args: readonly string[]): Given {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS[action], allowPositionals: action === 'retire' });
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
  const { values, positionals } = parsed as { values: Given['values']; positionals: string[] };
  const { file } = values;
  if (typeof file !== 'string' || file === '')
    throw new WrongUse('--file is missing: the path of the key ring');
  if (action === 'retire' && positionals.length !== 1)
    throw new WrongUse('gatehouse keys retire takes one kid; gatehouse keys list shows them');
  return { file, kid: positionals[0], values };
}
