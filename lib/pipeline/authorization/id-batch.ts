import type { Resource } from '../../policy/compiled-resource.js';
import { rawId, type RawId } from './id-reader.js';

/** The most ids of one resource that one request may name, each counted once; in one list, duplicates included. */
export const MAX_IDS = 100;

/** The distinct ids of one request for one resource. */
export class IdBatch {
  readonly parsed: unknown[] = [];
  // Searched from the front: there are at most a hundred, and nearly always one.
  readonly #keys: unknown[] = [];

  /** Where the id stands in the batch, or `undefined` where it cannot be one, or one too many. */
  place(value: unknown, { ids, loader }: Resource): number | undefined {
    const raw = rawId(value, ids);
    if (raw === undefined) return undefined;
    let parsed: unknown;
    try {
      parsed = loader.parseId(raw);
    } catch {
      // A parser that throws could not parse.
      return undefined;
    }
    if (parsed === undefined || parsed === null) return undefined;
    const key = typeof parsed === 'object' ? keyOf(raw) : parsed;
    const present = this.#keys.indexOf(key);
    if (present >= 0) return present;
    if (this.parsed.length === MAX_IDS) return undefined;
    this.#keys.push(key);
    return this.parsed.push(parsed) - 1;
  }
}

function keyOf(raw: RawId): string {
  return JSON.stringify(raw);
}
