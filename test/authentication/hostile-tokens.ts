import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { encode, Forge, newKey, signatureOf, type TokenMaterial } from './forge.js';

/** One attempt to get in: what is sent as `Authorization`; a list is sent as several headers. */
export interface HostileToken {
  readonly name: string;
  readonly authorization: string | string[];
}

const foreign = {
  HS256: newKey('HS256'),
  RS256: newKey('RS256'),
  ES256: newKey('ES256'),
  EdDSA: newKey('EdDSA'),
};

/** The good token, which must get in: without it a refusal of all the others proves nothing. */
export function controlToken(material: TokenMaterial): string {
  return `Bearer ${new Forge(material).claiming({})}`;
}

/**
 * Tokens of which none may get in, on an API of profile rfc9068 that trusts `material`. All can be sent over HTTP/1.1 as they are.
 *
 * @example
 * ```ts
 * for (const { name, authorization } of hostileTokens(material)) expect(await statusOf(authorization), name).toBe(401);
 * ```
 */
export function hostileTokens(material: TokenMaterial): HostileToken[] {
  const forge = new Forge(material);
  const tokens = {
    ...algorithms(forge),
    ...confusions(forge),
    ...signatures(forge),
    ...headers(forge),
    ...types(forge),
    ...claims(forge),
    ...json(forge),
    ...encodings(forge),
  };
  return [
    ...Object.entries(tokens).map(([name, token]) => ({ name, authorization: `Bearer ${token}` })),
    ...Object.entries(grammar(forge)).map(([name, authorization]) => ({
      name: `grammar: ${name}`,
      authorization,
    })),
  ];
}

type Named<T = string> = Record<string, T>;

function algorithms(forge: Forge): Named {
  const { material } = forge;
  const named = (alg: unknown) => forge.headed({ alg });
  const others = (Object.keys(foreign) as Array<keyof typeof foreign>).map((alg): [string, string] => [
    `algorithm: ${alg} by a foreign key`,
    forge.token(forge.header({ alg }), forge.claims(), alg, foreign[alg]),
  ]);
  const siblings = {
    HS256: ['HS384', 'HS512'],
    RS256: ['RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ES256: [],
    EdDSA: [],
  }[material.algorithm];
  return {
    ...Object.fromEntries(others),
    ...Object.fromEntries(
      siblings.map((alg) => [
        `algorithm: ${alg} by the trusted key`,
        forge.token(forge.header({ alg }), forge.claims(), alg),
      ]),
    ),
    'algorithm: none, no signature': `${encode(forge.header({ alg: 'none' }))}.${encode(forge.claims())}.`,
    'algorithm: none, signature part left out': `${encode(forge.header({ alg: 'none' }))}.${encode(forge.claims())}`,
    'algorithm: none, signed': named('none'),
    'algorithm: None': named('None'),
    'algorithm: NONE': named('NONE'),
    'algorithm: nOnE': named('nOnE'),
    'algorithm: empty': named(''),
    'algorithm: null': named(null),
    'algorithm: a number': named(256),
    'algorithm: a list': named([material.algorithm]),
    'algorithm: an object': named({ name: material.algorithm }),
    'algorithm: missing': named(undefined),
    'algorithm: lower case': named(material.algorithm.toLowerCase()),
    'algorithm: with a space': named(`${material.algorithm} `),
    'algorithm: a property of Object': named('constructor'),
    'algorithm: one of encryption': named('RSA-OAEP'),
    'algorithm: unregistered': named('HS257'),
  };
}

function confusions(forge: Forge): Named {
  const { signingKey } = forge.material;
  const guesses: Named<Buffer | string> = {
    'an empty key': '',
    secret: 'secret',
    null: 'null',
    undefined: 'undefined',
    'the issuer': forge.material.issuer,
    zeros: Buffer.alloc(32),
  };
  if (signingKey.type === 'secret') {
    const secret = signingKey.export();
    guesses['the secret in hex'] = secret.toString('hex');
    guesses['the secret in base64'] = secret.toString('base64');
    guesses['the hash of the secret'] = createHash('sha256').update(secret).digest();
    guesses['half the secret'] = secret.subarray(0, 16);
  } else {
    const key = createPublicKey(signingKey);
    const pem = key.export({ type: 'spki', format: 'pem' }) as string;
    guesses['the public PEM'] = pem;
    guesses['the public PEM, trimmed'] = pem.trim();
    guesses['the public PEM, CRLF'] = pem.replaceAll('\n', '\r\n');
    guesses['the public DER'] = key.export({ type: 'spki', format: 'der' });
    guesses['the public JWK'] = JSON.stringify(key.export({ format: 'jwk' }));
  }
  const forged = (alg: string, key: Buffer | string) =>
    forge.token(forge.header({ alg }), forge.claims(), alg, key);
  return Object.fromEntries([
    ...Object.entries(guesses).map(([name, key]) => [
      `key confusion: HS256 with ${name}`,
      forged('HS256', key),
    ]),
    ['key confusion: HS512 with an empty key', forged('HS512', '')],
  ]) as Named;
}

function signatures(forge: Forge): Named {
  const { algorithm, signingKey } = forge.material;
  const input = `${encode(forge.header())}.${encode(forge.claims())}`;
  const good = signatureOf(algorithm, signingKey, input);
  const flipped = Buffer.from(good);
  flipped[5]! ^= 1;
  const half = good.length / 2;
  const other = forge.claiming({ sub: 'root', roles: ['admin'] }).split('.');
  const hash = algorithm === 'HS256' ? 'HS512' : 'HS256';
  const made: Named<Buffer> = {
    'one bit flipped': flipped,
    'all zero': Buffer.alloc(good.length),
    'all ones': Buffer.alloc(good.length, 0xff),
    'one byte': Buffer.alloc(1),
    'a byte too long': Buffer.concat([good, Buffer.alloc(1)]),
    'a byte too short': good.subarray(0, -1),
    'a zero in front': Buffer.concat([Buffer.alloc(1), good]),
    'halves exchanged': Buffer.concat([good.subarray(half), good.subarray(0, half)]),
    'twice over': Buffer.concat([good, good]),
    'DER of zeros': Buffer.from('3006020100020100', 'hex'),
    'by a foreign key': signatureOf(algorithm, foreign[algorithm], input),
    'of the claims alone': signatureOf(algorithm, signingKey, input.split('.')[1]!),
    'a plain hash': createHash('sha256').update(input).digest(),
    'a MAC of the text with itself': signatureOf(hash, input, input),
  };
  return {
    ...Object.fromEntries(
      Object.entries(made).map(([name, bytes]) => [`signature: ${name}`, `${input}.${encode(bytes)}`]),
    ),
    'signature: empty': `${input}.`,
    'signature: of another token': `${input}.${other[2]}`,
    'signature: kept, claims exchanged': `${other[0]}.${encode(forge.claims({ sub: 'root' }))}.${other[2]}`,
    'signature: kept, header exchanged': `${encode(forge.header({ cty: 'JWT' }))}.${other[1]}.${other[2]}`,
  };
}

function headers(forge: Forge): Named {
  const { algorithm } = forge.material;
  const byForeign = (changes: object) =>
    forge.token(forge.header(changes), forge.claims(), algorithm, foreign[algorithm]);
  const jwk = publicJwk(foreign[algorithm]);
  return {
    'header: jku': forge.headed({ jku: 'https://attacker.test/jwks' }),
    'header: jku of the issuer': forge.headed({ jku: `${forge.material.issuer}/jwks` }),
    'header: jwk, signed by that key': byForeign({ jwk }),
    'header: jwk, signed by the trusted key': forge.headed({ jwk }),
    'header: jwk null': forge.headed({ jwk: null }),
    'header: x5u': forge.headed({ x5u: 'https://attacker.test/cert.pem' }),
    'header: x5c': forge.headed({ x5c: ['MIIB'] }),
    'header: crit of something unknown': forge.headed({ crit: ['x'], x: 1 }),
    'header: crit of exp': forge.headed({ crit: ['exp'], exp: 1 }),
    'header: crit empty': forge.headed({ crit: [] }),
    'header: b64 false': forge.headed({ b64: false, crit: ['b64'] }),
    'header: b64 true': forge.headed({ b64: true }),
    'header: b64 false, claims in the clear': forge.token(forge.header({ b64: false, crit: ['b64'] }), {
      raw: 'alice',
    }),
    'header: zip': forge.headed({ zip: 'DEF' }),
    'header: enc': forge.headed({ enc: 'A256GCM' }),
    'header: kid leads to a known file': forge.token(
      forge.header({ alg: 'HS256', kid: '../../../../dev/null' }),
      forge.claims(),
      'HS256',
      '',
    ),
    'header: kid with SQL': byForeign({ kid: "' UNION SELECT 'secret" }),
    'header: kid with a command': byForeign({ kid: '|/usr/bin/id' }),
    'header: kid unknown': byForeign({ kid: 'unknown' }),
    'header: kid empty': forge.headed({ kid: '' }),
    'header: kid a number': forge.headed({ kid: 1 }),
    'header: kid an object': forge.headed({ kid: { length: 1 } }),
    'header: kid null': forge.headed({ kid: null }),
    'header: kid of 3000 characters': forge.headed({ kid: 'k'.repeat(3000) }),
  };
}

function types(forge: Forge): Named {
  const wrong = [
    'JWT',
    'jwt',
    'application/jwt',
    'JOSE',
    'id_token',
    'id+jwt',
    'logout+jwt',
    'dpop+jwt',
    'rt+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'at+jwtx',
    'xat+jwt',
    'text/at+jwt',
    ' at+jwt',
    '',
  ];
  const odd: Named<unknown> = { null: null, 'a number': 1, 'a list': ['at+jwt'], missing: undefined };
  return Object.fromEntries([
    ...wrong.map((typ) => [`type: '${typ}'`, forge.headed({ typ })]),
    ...Object.entries(odd).map(([name, typ]) => [`type: ${name}`, forge.headed({ typ })]),
  ]) as Named;
}

function claims(forge: Forge): Named {
  const { now, material } = forge;
  const { issuer, audience } = material;
  const wrong: Named<Named<unknown>> = {
    iss: {
      missing: undefined,
      null: null,
      other: 'https://attacker.test',
      'a list': [issuer],
      'with a slash': `${issuer}/`,
      'upper case': issuer.toUpperCase(),
      longer: `${issuer}.attacker.test`,
      empty: '',
      'an object': { toString: issuer },
    },
    aud: {
      missing: undefined,
      null: null,
      other: 'https://other.test',
      'an empty list': [],
      others: ['a', 'b'],
      shorter: audience.slice(0, -1),
      'with a slash': `${audience}/`,
      'upper case': audience.toUpperCase(),
      true: true,
      'an object': { [audience]: true },
      'a list with a number': [audience, 1],
      'a nested list': [[audience]],
      'a pattern': '*',
    },
    sub: {
      missing: undefined,
      null: null,
      empty: '',
      blank: '  ',
      'a number': 1,
      true: true,
      'a list': ['alice'],
      'an object': { id: 'alice' },
      'of 3000 characters': 'a'.repeat(3000),
    },
    exp: {
      missing: undefined,
      null: null,
      past: now - 60,
      'long past': 1,
      zero: 0,
      negative: -1,
      text: String(now + 300),
      'a date': new Date((now + 300) * 1000).toISOString(),
      true: true,
      'a list': [now + 300],
      'of ten years': now + 315_360_000,
      'past the cap by a second': now + 901,
      'in milliseconds': (now + 300) * 1000,
      'very large': 9e307,
      'the moment of iat': now,
    },
    iat: {
      missing: undefined,
      null: null,
      future: now + 120,
      text: String(now),
      true: true,
      negative: -1,
      'long ago': now - 315_360_000,
    },
    nbf: {
      null: null,
      future: now + 120,
      text: String(now),
      true: true,
      'after exp': now + 400,
      'very large': 9e307,
    },
    auth_time: { text: String(now), null: null },
    roles: {
      text: 'admin',
      'an object': { admin: true },
      'a number': 1,
      true: true,
      'with a number': ['user', 1],
      nested: [['admin']],
      'with an empty one': [''],
    },
    scope: { 'a number': 1, 'an object': { a: 1 }, 'with a number': ['a', 1], true: true },
    cnf: { 'bound to a key': { jkt: 'x' } },
    events: { 'a logout token': { 'http://schemas.openid.net/event/backchannel-logout': {} } },
  };
  return Object.fromEntries(
    Object.entries(wrong).flatMap(([claim, values]) =>
      Object.entries(values).map(([name, value]) => [
        `claim: ${claim} ${name}`,
        forge.claiming({ [claim]: value }),
      ]),
    ),
  );
}

function json(forge: Forge): Named {
  const good = JSON.stringify(forge.claims());
  const header = JSON.stringify(forge.header());
  const withClaims = (text: string | Buffer) => forge.token(forge.header(), { raw: encode(text) });
  const withHeader = (text: string | Buffer) => forge.token({ raw: encode(text) }, forge.claims());
  const plus = (text: string, more: string) => `${text.slice(0, -1)},${more}}`;
  return {
    'json: sub twice': withClaims(plus(good, '"sub":"root"')),
    'json: sub twice, once escaped': withClaims(plus(good, String.raw`"\u0073ub":"root"`)),
    'json: exp twice': withClaims(plus(good, `"exp":${forge.now + 400}`)),
    'json: a key twice, deeper': withClaims(plus(good, '"a":{"b":1,"b":2}')),
    'json: alg twice': withHeader(plus(header, `"alg":"${forge.material.algorithm}"`)),
    'json: typ twice': withHeader(plus(header, '"typ":"at+jwt"')),
    'json: __proto__ in the claims': withClaims(plus(good, '"__proto__":{"roles":["admin"]}')),
    'json: __proto__ in the header': withHeader(plus(header, '"__proto__":{"alg":"none"}')),
    'json: exp 1e999': withClaims(plus(JSON.stringify(forge.claims({ exp: undefined })), '"exp":1e999')),
    'json: iat -1e999': withClaims(plus(JSON.stringify(forge.claims({ iat: undefined })), '"iat":-1e999')),
    'json: auth_time 1e999': withClaims(plus(good, '"auth_time":1e999')),
    'json: claims a list': withClaims(`[${good}]`),
    'json: claims text': withClaims('"alice"'),
    'json: claims null': withClaims('null'),
    'json: claims a number': withClaims('1'),
    'json: claims empty': withClaims('{}'),
    'json: claims not JSON': withClaims('alice'),
    'json: claims JSON and more': withClaims(`${good}x`),
    'json: claims with a comment': withClaims(`${good}//`),
    'json: claims after a byte order mark': withClaims(`\ufeff${good}`),
    'json: claims in UTF-16': withClaims(Buffer.from(good, 'utf16le')),
    'json: claims with invalid UTF-8': withClaims(
      Buffer.concat([
        Buffer.from(plus(good, '"x":"').slice(0, -1)),
        Buffer.from([0xff, 0xfe]),
        Buffer.from('"}'),
      ]),
    ),
    'json: claims with NUL': withClaims(plus(good, String.raw`"x":"\u0000"`)),
    'json: claims very deep': withClaims(plus(good, `"x":${'['.repeat(200)}${']'.repeat(200)}`)),
    'json: header a list': withHeader(`[${header}]`),
    'json: header not JSON': withHeader('alice'),
    'json: header null': withHeader('null'),
    'json: header after a byte order mark': withHeader(`\ufeff${header}`),
  };
}

function encodings(forge: Forge): Named {
  const token = forge.claiming({});
  const [header, payload, signature] = token.split('.') as [string, string, string];
  // Pads JSON until its base64url has spare bits, or holds the characters in which the two alphabets differ.
  const spare = (value: object) => widen(value, (part) => part.length % 4 !== 0);
  const special = widen(forge.claims(), (part) => /[-_]/.test(part), '\u00fb\u00ff?>');
  const flat = { payload, protected: header, signature };
  return {
    'encoding: spare bits in the header': forge.token(
      { raw: spareBits(spare(forge.header())) },
      forge.claims(),
    ),
    'encoding: spare bits in the claims': forge.token(forge.header(), {
      raw: spareBits(spare(forge.claims())),
    }),
    'encoding: spare bits in the signature': `${header}.${payload}.${spareBits(signature)}`,
    'encoding: padded header': forge.token({ raw: padded(spare(forge.header())) }, forge.claims()),
    'encoding: padded claims': forge.token(forge.header(), { raw: padded(spare(forge.claims())) }),
    'encoding: padded signature': `${header}.${payload}.${padded(signature)}`,
    'encoding: one = too many': `${token}=`,
    'encoding: base64 instead of base64url': forge.token(forge.header(), {
      raw: special.replaceAll('-', '+').replaceAll('_', '/'),
    }),
    'encoding: ~ in the signature': `${header}.${payload}.${signature.slice(0, 4)}~${signature.slice(4)}`,
    'encoding: space in the signature': `${header}.${payload}.${signature.slice(0, 4)} ${signature.slice(4)}`,
    'encoding: tab in the claims': forge.token(forge.header(), {
      raw: `${payload.slice(0, 4)}\t${payload.slice(4)}`,
    }),
    'encoding: hex': token
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('hex'))
      .join('.'),
    'encoding: dots escaped': token.replaceAll('.', '%2E'),
    'encoding: all of it once more': encode(token),
    'encoding: upper case': token.toUpperCase(),
    'encoding: lower case': token.toLowerCase(),
    'encoding: a high character': `${header}.${payload}.${signature.slice(0, -1)}\u00e9`,
    'shape: one part': header,
    'shape: two parts': `${header}.${payload}`,
    'shape: four parts': `${token}.${signature}`,
    'shape: five parts': `${header}..${payload}.${signature}.${signature}`,
    'shape: a dot in front': `.${token}`,
    'shape: a dot at the end': `${token}.`,
    'shape: no header': `.${payload}.${signature}`,
    'shape: no claims': forge.token(forge.header(), { raw: '' }),
    'shape: dots alone': '..',
    'shape: JSON serialization': JSON.stringify(flat),
    'shape: a list of one': `["${token}"]`,
    'shape: too large': forge.claiming({ padding: 'x'.repeat(8192) }),
  };
}

function grammar(forge: Forge): Named<string | string[]> {
  const token = forge.claiming({});
  return {
    'no scheme': token,
    'scheme alone': 'Bearer',
    Basic: `Basic ${token}`,
    JWT: `JWT ${token}`,
    Token: `Token ${token}`,
    DPoP: `DPoP ${token}`,
    Bearers: `Bearers ${token}`,
    'two spaces': `Bearer  ${token}`,
    'a tab': `Bearer\t${token}`,
    'no space': `Bearer${token}`,
    'a colon': `Bearer: ${token}`,
    'an equals sign': `Bearer=${token}`,
    quoted: `Bearer "${token}"`,
    'in angle brackets': `Bearer <${token}>`,
    'the scheme twice': `Bearer Bearer ${token}`,
    'a parameter': `Bearer token=${token}`,
    'something behind': `Bearer ${token} x`,
    'a comma behind': `Bearer ${token},`,
    'a semicolon behind': `Bearer ${token};`,
    'two in one header': `Bearer ${token}, Bearer ${token}`,
    'two tokens': `Bearer ${token} ${token}`,
    'something in front': `x Bearer ${token}`,
    'Basic and Bearer': `Basic eDp4, Bearer ${token}`,
    'two headers': [`Bearer ${token}`, `Bearer ${token}`],
    'two headers, the good one first': [`Bearer ${token}`, 'Basic eDp4'],
    'two headers, the good one last': ['Basic eDp4', `Bearer ${token}`],
  };
}

/** A part with other bits behind its last byte: it decodes to the same bytes. */
function spareBits(part: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  if (part.length % 4 === 0) throw new Error('no spare bits');
  return part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) | 1]!;
}

function padded(part: string): string {
  return part.padEnd(Math.ceil(part.length / 4) * 4, '=');
}

function widen(value: object, until: (part: string) => boolean, filler = 'x'): string {
  for (let x = filler; ; x += filler) {
    const part = encode({ ...value, x });
    if (until(part)) return part;
  }
}

function publicJwk(key: KeyObject): object {
  return key.type === 'secret'
    ? key.export({ format: 'jwk' })
    : createPublicKey(key).export({ format: 'jwk' });
}
