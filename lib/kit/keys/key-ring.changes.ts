import {
  AHEAD,
  KeyRingFault,
  MAX_KEYS,
  signerAt,
  TOKEN_LIFE,
  type RingDocument,
  type RingKey,
} from './key-ring.document.js';
import { newKey, publicHalf, type OwnJwk, type SigningAlgorithm } from './signing-key.js';

/** What the clocks of instances, and of whoever changes a ring, may differ by: seconds. */
const SKEW = 300;

/** A ring with one key, which signs at once: nobody has a token of an older one. `now` in seconds since the epoch, everywhere here. */
export function newRing(
  now: number,
  alg: SigningAlgorithm = 'EdDSA',
  {
    publishAhead = AHEAD.default,
    longestToken = TOKEN_LIFE.default,
  }: Partial<Omit<RingDocument, 'keys'>> = {},
): RingDocument {
  return { version: 1, publishAhead, longestToken, keys: [keyFrom(newKey(alg), now, now)] };
}

/**
 * Publishes the next key. It signs when verifiers have had the time to fetch it; from then on the present one only stays published, until
 * its last token has expired.
 *
 * @throws {KeyRingFault} where there is a next key already, or no room for one
 */
export function rotated(document: RingDocument, now: number, alg: SigningAlgorithm): RingDocument {
  const next = document.keys.find(({ signsFrom }) => signsFrom > now);
  if (next) {
    const when = new Date(next.signsFrom * 1000).toISOString();
    throw new KeyRingFault(`${next.jwk.kid} is published already and signs from ${when}`, 'wait until then');
  }
  const signsFrom = now + (signerAt(document, now) ? document.publishAhead : 0);
  const keys = tidy(document, now).keys.map((key) =>
    key.signsUntil === undefined ? ending(key, signsFrom, document) : key,
  );
  return fitting({ ...document, keys: [...keys, keyFrom(newKey(alg), now, signsFrom)] });
}

/**
 * Takes a key out of use before its time. It signs nothing any more, and what it has signed counts until it expires; `compromised`: that
 * counts no more either. The next key, or a new one, signs at once. A key that has not signed yet is withdrawn.
 *
 * @throws {KeyRingFault} where there is no such key, it is retired already, or there is no room for a new one
 */
export function retired(
  document: RingDocument,
  now: number,
  kid: string,
  compromised: boolean,
): RingDocument {
  const key = document.keys.find(({ jwk }) => jwk.kid === kid);
  if (!key) throw new KeyRingFault('there is no such key', 'gatehouse keys list shows the names');
  if ((key.signsUntil ?? Infinity) <= now && !compromised)
    throw new KeyRingFault('it is retired already', 'it goes by itself when its last token has expired');
  const signer = signerAt(document, now);
  const others = document.keys.filter((other) => other !== key);
  const gone = compromised || key.signsFrom > now;
  let keys = gone ? others : [...others, ending(key, now, document)];
  if (key === signer) {
    const next = others.find(({ signsFrom }) => signsFrom > now);
    keys = keys.filter((other) => other !== next);
    keys.push(keyFrom(next?.jwk ?? newKey(key.jwk.alg), next?.publishedFrom ?? now, now));
  } else if (key.signsFrom > now) {
    // The present one was to end when this one began.
    keys = keys.map((other) =>
      other === signer ? keyFrom(other.jwk, other.publishedFrom, other.signsFrom) : other,
    );
  }
  return fitting(tidy({ ...document, keys }, now));
}

/** Without the keys that nobody needs, and without the private halves of those that sign no more. */
function tidy(document: RingDocument, now: number): RingDocument {
  const needed = document.keys.filter(({ publishedUntil = Infinity }) => publishedUntil > now);
  const keys = needed.map((key) =>
    (key.signsUntil ?? Infinity) <= now ? { ...key, jwk: publicHalf(key.jwk) } : key,
  );
  return { ...document, keys };
}

/** What {@link parseRing} would read again: a file with one key too many stops every instance at its next start. */
function fitting(document: RingDocument): RingDocument {
  const { keys } = document;
  if (keys.length <= MAX_KEYS) return document;
  const room = Math.min(...keys.map(({ publishedUntil = Infinity }) => publishedUntil));
  throw new KeyRingFault(
    `holds ${MAX_KEYS} keys, of which none may go before ${new Date(room * 1000).toISOString()}`,
    'wait until then, and rotate less often or let tokens live shorter',
  );
}

function keyFrom(jwk: OwnJwk, publishedFrom: number, signsFrom: number): RingKey {
  return { jwk, publishedFrom, signsFrom };
}

function ending(key: RingKey, signsUntil: number, { longestToken }: RingDocument): RingKey {
  return { ...key, signsUntil, publishedUntil: signsUntil + longestToken + SKEW };
}
