import { createHash } from 'node:crypto';
import { ANSWERS } from './lua/answers.js';
import { CELLS } from './lua/cells.js';
import { DURATIONS } from './lua/durations.js';
import { KEYS } from './lua/keys.js';
import { LOG } from './lua/log.js';
import { OPERATIONS } from './lua/operations.js';

/**
 * The script that runs a batch. `KEYS[i]` is the key of operation i; `ARGV` holds the name and the fields of one operation after the
 * other, times in milliseconds.
 */
export const SCRIPT = [DURATIONS, ANSWERS, CELLS, LOG, KEYS, OPERATIONS].join('');

/** The name by which Redis knows a script that it has seen. */
export const sha1Of = (source: string): string => createHash('sha1').update(source).digest('hex');
