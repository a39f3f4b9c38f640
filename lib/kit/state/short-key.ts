import { hash } from 'node:crypto';

const LONGEST_KEY = 200;

/** Bounds the memory of a key that a caller had a say in: a long one is kept as its hash. */
export function shortKey(key: string): string {
  return key.length <= LONGEST_KEY ? key : `#${hash('sha256', key)}`;
}
