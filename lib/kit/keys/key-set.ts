import type { Algorithm } from './algorithm.js';
import type { VerificationKey } from './verification-key.js';

/** How many keys are tried for one token. A token without `kid` must not buy a signature check for each key of a long list. */
const MAX_TRIED = 4;

/** The keys that may have one algorithm. Sorted when the set is made, not for each token. */
interface Fitting {
  readonly any: VerificationKey[];
  readonly byKid: Map<string | undefined, VerificationKey[]>;
}

/** The keys of an issuer at one time. A changed set is a new object, so what was decided with the old one is known by identity. */
export class KeySet {
  readonly #fitting = new Map<Algorithm, Fitting>();

  constructor(readonly keys: readonly VerificationKey[]) {
    for (const key of keys) {
      for (const algorithm of key.algorithms) {
        const fitting: Fitting = this.#fitting.get(algorithm) ?? { any: [], byKid: new Map() };
        const { any, byKid } = fitting;
        const named = byKid.get(key.kid) ?? [];
        if (any.length < MAX_TRIED) any.push(key);
        if (named.length < MAX_TRIED) named.push(key);
        byKid.set(key.kid, named);
        this.#fitting.set(algorithm, fitting);
      }
    }
  }

  /**
   * The keys that may have signed a token: of the right algorithm, and of that `kid` (a key without one may be any). An empty list
   * where none fits.
   */
  candidates(algorithm: Algorithm, kid: string | undefined): readonly VerificationKey[] {
    const fitting = this.#fitting.get(algorithm);
    if (!fitting) return [];
    if (kid === undefined) return fitting.any;
    return fitting.byKid.get(kid) ?? fitting.byKid.get(undefined) ?? [];
  }

  /** Whether a key of that name is there, whatever its algorithm. */
  has(kid: string | undefined): boolean {
    return kid !== undefined && this.keys.some((key) => key.kid === kid);
  }
}

/** Where the keys of an issuer come from. */
export interface KeySource {
  /** The keys that may be trusted now, or `undefined` where there are none. It starts a refresh in the background when one is due. */
  current(): KeySet | undefined;
  /** Fetches the keys, where it may: one fetch for all who wait, and none too soon after the last. */
  refresh(): Promise<KeySet | undefined>;
  /** Why the last fetch failed; `undefined` where it did not. Holds nothing that the other side sent. */
  readonly failure: string | undefined;
}

/** Keys that do not change while the process runs. */
export function fixedKeys(keys: readonly VerificationKey[]): KeySource {
  const set = new KeySet(keys);
  return { current: () => set, refresh: () => Promise.resolve(set), failure: undefined };
}
