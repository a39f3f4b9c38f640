import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { KeyRingFault, parseRing, type RingDocument } from './key-ring.document.js';

const OTHERS = 0o077;
const MAX_BYTES = 1_000_000;
// Or whoever opens a pipe waits for its other end. Windows knows neither, and there it is undefined, which counts as 0.
const READ = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * Reads a ring from a file that its owner alone may read.
 *
 * @throws {KeyRingFault} also where there is no such file
 */
export function readRing(file: string): RingDocument {
  let handle: number;
  try {
    handle = openSync(file, READ);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw missing();
    throw new KeyRingFault(`cannot be read (${code})`, 'let the user of this process own it');
  }
  try {
    // Of what is open, not of the name: it could be another file by then.
    const stats = fstatSync(handle);
    if (!stats.isFile()) throw new KeyRingFault('is no file', 'write the path of a file');
    if (process.platform !== 'win32' && (stats.mode & OTHERS) !== 0) {
      throw new KeyRingFault(
        `can be read or written by others (mode ${(stats.mode & 0o777).toString(8)})`,
        'chmod 600, and rotate if somebody may have read it',
      );
    }
    if (stats.size > MAX_BYTES)
      throw new KeyRingFault('is too large for a key ring', 'write the path of a ring');
    return parseRing(readFileSync(handle, 'utf8'));
  } finally {
    closeSync(handle);
  }
}

/**
 * Makes the file of a ring.
 *
 * @returns whether it was made; `false`: there is one already, which is left as it is
 */
export function createRing(file: string, document: RingDocument): boolean {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return written(file, document, (made) => {
    try {
      // A link replaces nothing, and nobody ever sees half a file.
      linkSync(made, file);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}

/**
 * Changes the file of a ring: one at a time, and whole or not at all. Where a link names it, what the link leads to is changed.
 *
 * @throws {KeyRingFault}
 */
export function changeRing(name: string, change: (document: RingDocument) => RingDocument): RingDocument {
  const file = realPath(name);
  const lock = `${file}.lock`;
  try {
    closeSync(openSync(lock, 'wx', 0o600));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST')
      throw new KeyRingFault(`cannot be changed (${code})`, 'let this user own its folder');
    throw new KeyRingFault('is being changed by another process', `if there is none, remove ${lock}`);
  }
  try {
    const changed = change(readRing(file));
    written(file, changed, (made) => renameSync(made, file));
    return changed;
  } finally {
    rmSync(lock, { force: true });
  }
}

/** A rename would replace a link, and leave the keys behind it as they are. */
function realPath(name: string): string {
  try {
    return realpathSync(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw missing();
    throw new KeyRingFault(`cannot be changed (${code})`, 'let the user of this process own it');
  }
}

function written<Result>(file: string, document: RingDocument, place: (made: string) => Result): Result {
  const made = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = openSync(made, 'wx', 0o600);
  try {
    try {
      writeFileSync(handle, `${JSON.stringify(document, undefined, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return place(made);
  } finally {
    // Whatever fails, no private keys lie around beside the ring.
    rmSync(made, { force: true });
  }
}

function missing(): KeyRingFault {
  return new KeyRingFault('is not there', 'make it: gatehouse keys generate --file <path>');
}
