import { hash as argon2Hash } from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { PasswordHasher } from 'nestjs-gatehouse';
import { randomBytes, scryptSync } from 'node:crypto';
import { median } from '../harness/statistics.js';
import { columns, verdict, type Table } from '../report/table.js';
import type { Run } from './run.js';

const RIGHT = 'the password of somebody';
const WRONG = 'the password of nobody';
const UNKNOWN = 'no such user';
// Cheap ones: what is measured is whether they show, and every sign-in computes them all.
const LEGACY = ['$2b$08', '$scrypt$ln=12,r=8,p=1', '$argon2id$v=19$m=4096,t=1,p=1'];

interface Account {
  readonly name: string;
  readonly stored: string | undefined;
  readonly password: string;
}

/** How long a sign-in takes, by what is stored of the user: a difference would tell who has an account, or an old one. */
export async function signInTable(run: Run): Promise<Table> {
  run.progress('sign-in: what its time tells');
  const passwords = await PasswordHasher.create({ legacy: LEGACY });
  const accounts = await accountsOf(passwords);
  const times = accounts.map((): number[] => []);
  const tries = run.quick ? 5 : 200;
  for (let i = run.quick ? -1 : -3; i < tries; i++) {
    // In turn, and each round begins with another one, so that none always follows the same.
    for (let at = 0; at < accounts.length; at++) {
      const which = (at + i + 3) % accounts.length;
      const { stored, password } = accounts[which]!;
      const began = performance.now();
      await passwords.verify(stored, password);
      if (i >= 0) times[which]!.push(performance.now() - began);
    }
  }
  const unknown = median(times[0]!);
  return {
    id: 'sign-in',
    title: 'What the time of a sign-in tells',
    note: `Milliseconds that \`PasswordHasher.verify\` takes, the median of ${tries} tries in turn, and that divided by the median for a user that there is not. All hash settings are declared in \`accounts.passwords.legacy\`.`,
    columns: columns('who signs in', 'tries:0', 'ms:1', '÷ no such user:2', 'target 1.1 either way'),
    rows: accounts.map(({ name }, which) => {
      const milliseconds = median(times[which]!);
      const ratio = milliseconds / unknown;
      return [name, times[which]!.length, milliseconds, ratio, verdict(Math.max(ratio, 1 / ratio), 1.1)];
    }),
  };
}

async function accountsOf(passwords: PasswordHasher): Promise<Account[]> {
  const salt = randomBytes(16);
  const [current, weaker, bcrypt] = await Promise.all([
    passwords.hash(RIGHT),
    argon2Hash(RIGHT, { memoryCost: 4096, timeCost: 1, parallelism: 1 }),
    bcryptHash(RIGHT, 8),
  ]);
  const key = scryptSync(RIGHT, salt, 32, { N: 2 ** 12, r: 8, p: 1 });
  const bare = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  const scrypt = `$scrypt$ln=12,r=8,p=1$${bare(salt)}$${bare(key)}`;
  return [
    { name: UNKNOWN, stored: undefined, password: WRONG },
    { name: 'argon2id, wrong password', stored: current, password: WRONG },
    { name: 'argon2id, right password', stored: current, password: RIGHT },
    { name: 'argon2id of less memory, wrong password', stored: weaker, password: WRONG },
    { name: 'scrypt, wrong password', stored: scrypt, password: WRONG },
    { name: 'bcrypt, wrong password', stored: bcrypt, password: WRONG },
    { name: 'bcrypt, right password: hashed anew', stored: bcrypt, password: RIGHT },
  ];
}
