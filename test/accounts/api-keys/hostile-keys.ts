import { createHash, createHmac } from 'node:crypto';
import { ApiKeyFormat, newKeyId, newKeySecret } from '../../../lib/accounts/api-keys/api-key-format.js';
import { withChecksum } from './support.js';

/** A request that must not get in. */
export interface HostileRequest {
  readonly name: string;
  /** Header names and values in turn, as they go over the wire. */
  readonly headers?: readonly string[];
  /** Behind the path, with its question mark. */
  readonly query?: string;
  readonly body?: string;
  /** How often the store may be asked for it: 0 for what is no key of this application. */
  readonly reads: 0 | 1;
  /** 401 if nothing is said. */
  readonly status?: 400;
}

/** The keys of an application that is attacked. */
export interface AttackedKeys {
  /** Works. */
  readonly good: string;
  /** Works too, and is another one. */
  readonly other: string;
  readonly revoked: string;
  readonly expired: string;
  readonly rotatedOut: string;
  /** Two rotations old. */
  readonly forgotten: string;
  /** An access token that works. */
  readonly bearer: string;
}

const format = new ApiKeyFormat('shop');
const HEADER = 'X-API-Key';

const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** The other case for one letter, counted from `from`; the next letter where there is none. */
function otherCase(text: string, from: number): string {
  for (let i = from; i < text.length; i++) {
    const letter = text[i]!;
    const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
    if (other !== letter) return text.slice(0, i) + other + text.slice(i + 1);
  }
  throw new Error('no letters');
}

function replaceAt(text: string, at: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + put.length);
}

/** A letter or digit other than the one that is there. */
function otherAt(text: string, at: number): string {
  return replaceAt(text, at, text[at] === 'x' ? 'y' : 'x');
}

/** Every hostile request for these keys: each is a good one, changed in one place. */
export function hostileRequests(keys: AttackedKeys): HostileRequest[] {
  const { good, other, bearer } = keys;
  const { id, secret } = format.parse(good)!;
  const { id: otherId, secret: otherSecret } = format.parse(other)!;
  const body = good.slice(0, -6);
  const idAt = 'shop_'.length;
  const secretAt = idAt + id.length + 1;
  const hash = createHash('sha256').update(secret).digest('hex');

  const junk = (name: string, key: string): HostileRequest => ({
    name,
    headers: [HEADER, bytesOf(key)],
    reads: 0,
  });
  const key = (name: string, text: string): HostileRequest => ({ ...junk(name, text), reads: 1 });
  const sent = (
    name: string,
    headers: readonly string[],
    rest: Partial<HostileRequest> = {},
  ): HostileRequest => ({
    name,
    headers,
    reads: 0,
    ...rest,
  });

  const bitFlips = [0, 4, idAt, idAt + 8, idAt + 16, secretAt - 1, secretAt, secretAt + 16, secretAt + 32]
    .flatMap((at) => [1, 2, 4].map((bit) => [at, bit] as const))
    .map(([at, bit]) =>
      junk(
        `bit ${bit} of character ${at} flipped`,
        replaceAt(good, at, String.fromCharCode(good.charCodeAt(at) ^ bit)),
      ),
    );
  const checksums = [0, 1, 2, 3, 4, 5].map((at) =>
    junk(`checksum: character ${at} another`, otherAt(good, good.length - 6 + at)),
  );
  const fixedUp = [
    ...[0, 8, 16, 32].map((at) =>
      key(`secret: character ${at} another, checksum fixed up`, withChecksum(otherAt(body, secretAt + at))),
    ),
    ...[0, 8, 16].map((at) =>
      key(`id: character ${at} another, checksum fixed up`, withChecksum(otherAt(body, idAt + at))),
    ),
    key('case: a letter of the secret, checksum fixed up', withChecksum(otherCase(body, secretAt))),
    key('case: a letter of the id, checksum fixed up', withChecksum(otherCase(body, idAt))),
    key(
      'case: the whole id',
      format.write({ id: id.toLowerCase() === id ? id.toUpperCase() : id.toLowerCase(), secret }),
    ),
    key('secret: all zeros', format.write({ id, secret: '0'.repeat(33) })),
    key('secret: backwards', format.write({ id, secret: Array.from(secret).toReversed().join('') })),
    key('secret: the beginning of its stored hash', format.write({ id, secret: hash.slice(0, 33) })),
    key('secret: the end of its stored hash', format.write({ id, secret: hash.slice(-33) })),
    key('secret: that of another key', format.write({ id, secret: otherSecret })),
    key('id: that of another key, with the own secret', format.write({ id: otherId, secret })),
    key('made up', format.write({ id: newKeyId(), secret: newKeySecret() })),
    key('id: its own, with a new secret', format.write({ id, secret: newKeySecret() })),
    key(
      'secret: an HMAC of the id',
      format.write({ id, secret: createHmac('sha256', 'shop').update(id).digest('hex').slice(0, 33) }),
    ),
  ];
  const lives = [
    key('life: revoked', keys.revoked),
    key('life: expired', keys.expired),
    key('life: rotated out', keys.rotatedOut),
    key('life: rotated out twice', keys.forgotten),
  ];
  const forms = [
    junk('form: nothing', ''),
    junk('form: the prefix', 'shop_'),
    junk('form: the id', id),
    junk('form: the secret', secret),
    junk('form: id and secret without prefix', withChecksum(`${id}_${secret}`)),
    junk('form: another prefix', withChecksum(body.replace('shop', 'bank'))),
    junk('form: a longer prefix', withChecksum(body.replace('shop', 'shopx'))),
    junk('form: the prefix in capitals', withChecksum(body.replace('shop', 'SHOP'))),
    junk('form: the prefix twice', withChecksum(`shop_${body}`)),
    junk('form: in capitals', good.toUpperCase()),
    junk('form: in small letters', good.toLowerCase()),
    junk('form: without checksum', body),
    junk('form: checksum twice', good + good.slice(-6)),
    junk('form: secret one too short', withChecksum(body.slice(0, -1))),
    junk('form: secret one too long', withChecksum(`${body}a`)),
    junk('form: id one too long', withChecksum(`shop_${id}a_${secret}`)),
    junk('form: no secret', withChecksum(`shop_${id}_`)),
    junk('form: the stored hash', withChecksum(`shop_${id}_${hash}`)),
    junk('form: dashes for underscores', withChecksum(body.replaceAll('_', '-'))),
    junk('form: three underscores', withChecksum(replaceAt(body, secretAt + 5, '_'))),
    junk('form: base64url in the secret', withChecksum(replaceAt(body, secretAt + 5, '-'))),
    junk('form: percent-encoded', good.replace('_', '%5F')),
    junk('form: in quotes', `"${good}"`),
    junk('form: padded with =', `${good}=`),
    junk('form: overlong', good + 'a'.repeat(8000)),
    junk('form: SQL', `shop_' OR '1'='1`),
    junk('form: SQL of the length of a key', withChecksum(`shop_' OR 1=1 --      _${secret}`)),
    junk('form: a wildcard of the length of a key', withChecksum(`shop_${'%'.repeat(17)}_${secret}`)),
    junk('form: __proto__', withChecksum(`shop_${'__proto__'.padEnd(17, '_')}_${secret}`)),
    junk('form: JSON', JSON.stringify({ id, secret })),
    junk('two keys with a comma', `${good}, ${good}`),
    junk('two keys with a comma alone', `${other},${good}`),
    junk('two keys with a space', `${good} ${other}`),
    junk('two keys with a semicolon', `${good};${other}`),
    junk('whitespace: a space within', replaceAt(good, secretAt + 3, ' ')),
    junk('whitespace: a tab within', replaceAt(good, secretAt + 3, '\t')),
    junk('whitespace: no-break space behind', `${good}\u00a0`),
    junk('unicode: zero width space behind', `${good}\u200b`),
    junk('unicode: byte order mark in front', `\ufeff${good}`),
    junk('unicode: Cyrillic о in the prefix', withChecksum(body.replace('o', 'о'))),
    junk('unicode: fullwidth digit in the secret', withChecksum(replaceAt(body, secretAt + 3, '０'))),
    junk('unicode: long s in the prefix', withChecksum(body.replace('s', 'ſ'))),
    junk('unicode: a combining mark', withChecksum(replaceAt(body, secretAt + 3, '\u0301'))),
  ];
  const places: HostileRequest[] = [
    { name: 'place: query', query: `?api_key=${good}`, reads: 0 },
    {
      name: 'place: query, by the name of the header',
      query: `?X-API-Key=${good}&access_token=${good}`,
      reads: 0,
    },
    { name: 'place: body', body: JSON.stringify({ apiKey: good, api_key: good }), reads: 0 },
    sent('place: cookie', ['Cookie', `api_key=${good}; X-API-Key=${good}`]),
    sent('place: other headers', ['Api-Key', good, 'X-Api-Token', good, 'X_API_KEY', good, 'apikey', good]),
    sent('place: Proxy-Authorization', ['Proxy-Authorization', `ApiKey ${good}`]),
    sent('place: behind Bearer', ['Authorization', `Bearer ${good}`]),
    sent('place: behind Basic', ['Authorization', `Basic ${Buffer.from(`${good}:`).toString('base64')}`]),
    sent('place: behind Token', ['Authorization', `Token ${good}`]),
    sent('place: alone in Authorization', ['Authorization', good]),
    sent('place: behind ApiKey and a colon', ['Authorization', `ApiKey: ${good}`]),
    sent('place: behind ApiKey and two spaces', ['Authorization', `ApiKey  ${good}`]),
    sent('place: behind ApiKey and a parameter', ['Authorization', `ApiKey key=${good}`]),
    sent('place: a bearer token in its header', [HEADER, bearer]),
    sent('place: an ApiKey scheme in its header', [HEADER, `ApiKey ${good}`]),
  ];
  const several: HostileRequest[] = [
    sent('several: two headers with one key', [HEADER, good, HEADER, good], { status: 400 }),
    sent('several: a good one and junk', [HEADER, good, 'x-api-key', 'junk'], { status: 400 }),
    sent('several: junk and a good one', ['x-api-key', 'junk', HEADER, good], { status: 400 }),
    sent('several: both headers', [HEADER, good, 'Authorization', `ApiKey ${good}`], { status: 400 }),
    sent(
      'several: two Authorization headers',
      ['Authorization', `ApiKey ${good}`, 'Authorization', `ApiKey ${good}`],
      { status: 400 },
    ),
    sent('several: a key and a token', [HEADER, good, 'Authorization', `Bearer ${bearer}`], { status: 400 }),
    sent('several: a token and a key', ['Authorization', `Bearer ${bearer}`, HEADER, good], { status: 400 }),
    sent('several: a key and an empty one', [HEADER, good, HEADER, ''], { status: 400 }),
  ];
  return [...bitFlips, ...checksums, ...fixedUp, ...lives, ...forms, ...places, ...several];
}
