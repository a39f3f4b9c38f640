import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { encode } from '../forge.js';
import { hashOf, newProofKey, PUBLIC_URL, ProofForge, type ProofKey } from './proof-forge.js';

/** A request that must not get in: its `DPoP` headers, and what stands in `Authorization` where that is not `DPoP` and the token. */
export interface HostileProof {
  readonly name: string;
  readonly proofs: readonly string[];
  readonly authorization?: string;
}

/** What the hostile proofs are made around. */
export interface ProofMaterial {
  /** A token that is bound to {@link ProofMaterial.key}. */
  readonly token: string;
  readonly key: ProofKey;
  /** A token of the same key, of somebody else. */
  readonly otherToken: string;
  /** A token that is bound to no key. */
  readonly unbound: string;
  /** The public key that the issuer signs with. */
  readonly issuerKey: KeyObject;
  readonly method: string;
  /** The URI of the request as clients write it. */
  readonly url: string;
}

const bits = (text: string, at: number) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return text.slice(0, at) + alphabet[alphabet.indexOf(text.at(at)!) ^ 1] + text.slice(at + 1 || text.length);
};

/** Proofs that are each wrong in one place, for a window of 60 seconds. Made anew each time, because a proof ages. */
export async function hostileProofs(material: ProofMaterial): Promise<HostileProof[]> {
  const { token, key, otherToken, unbound, method, url } = material;
  const forge = new ProofForge(key, token, method, url);
  const list: HostileProof[] = [];
  const add = (name: string, proof: string | readonly string[], authorization?: string) => {
    const proofs = typeof proof === 'string' ? [proof] : proof;
    list.push({ name, proofs, ...(authorization === undefined ? {} : { authorization }) });
  };
  const other = await newProofKey(key.algorithm);
  const asOther = new ProofForge(other, token, method, url);
  const without = (object: Record<string, unknown>, name: string) => {
    const { [name]: _, ...rest } = object;
    return rest;
  };

  // The key
  add('key: another, whole', asOther.proof());
  add(
    'key: another signs, ours stands in it',
    forge.proof(forge.header(), forge.claims(), other.algorithm, other.privateKey),
  );
  add('key: ours signs, another stands in it', forge.headed({ jwk: other.jwk }));
  const issuerJwk = material.issuerKey.export({ format: 'jwk' });
  add("key: the issuer's stands in it", forge.headed({ jwk: issuerJwk }));
  add('key: private', forge.headed({ jwk: key.privateKey.export({ format: 'jwk' }) }));
  for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'])
    add(`key: with ${member}`, forge.headed({ jwk: { ...key.jwk, [member]: 'AQAB' } }));
  add('key: missing', forge.proof(without(forge.header(), 'jwk')));
  for (const jwk of [null, '', 'jwk', 1, true, [], [key.jwk], {}])
    add(`key: ${JSON.stringify(jwk).slice(0, 20)}`, forge.headed({ jwk }));
  add('key: oct', forge.headed({ jwk: { kty: 'oct', k: encode('0123456789abcdef0123456789abcdef') } }));
  add('key: kty unknown', forge.headed({ jwk: { ...key.jwk, kty: 'XYZ' } }));
  add('key: kty __proto__', forge.headed({ jwk: { ...key.jwk, kty: '__proto__' } }));
  add('key: kty constructor', forge.headed({ jwk: { ...key.jwk, kty: 'constructor' } }));
  add('key: for encryption', forge.headed({ jwk: { ...key.jwk, use: 'enc' } }));
  add('key: not for verifying', forge.headed({ jwk: { ...key.jwk, key_ops: ['encrypt'] } }));
  add(
    'key: of another algorithm',
    forge.headed({ jwk: { ...key.jwk, alg: key.algorithm === 'ES256' ? 'ES384' : 'ES256' } }),
  );
  for (const member of Object.keys(key.jwk)) {
    const value = (key.jwk as Record<string, string>)[member]!;
    add(`key: ${member} padded`, forge.headed({ jwk: { ...key.jwk, [member]: `${value}=` } }));
    add(`key: ${member} missing`, forge.headed({ jwk: without(key.jwk, member) }));
    add(`key: ${member} a number`, forge.headed({ jwk: { ...key.jwk, [member]: 1 } }));
  }
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  add(
    'key: RSA 1024',
    forge.proof(
      forge.header({ alg: 'RS256', jwk: createPublicKey(small.privateKey).export({ format: 'jwk' }) }),
      forge.claims(),
      'RS256',
      small.privateKey,
    ),
  );
  add('key: huge modulus', forge.headed({ jwk: { kty: 'RSA', e: 'AQAB', n: 'A'.repeat(4000) } }));
  add('key: huge exponent', forge.headed({ jwk: { kty: 'RSA', e: 'A'.repeat(340), n: 'A'.repeat(342) } }));

  // The algorithm
  for (const alg of ['none', 'None', 'NONE', '', 'HS256', 'HS512', 'ES256K', 'RSA-OAEP', 1, null, ['ES256']])
    add(`alg: ${JSON.stringify(alg)}`, forge.headed({ alg }));
  add('alg: missing', forge.proof(without(forge.header(), 'alg')));
  add('alg: none, unsigned', `${encode(forge.header({ alg: 'none' }))}.${encode(forge.claims())}.`);
  const publicPem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' }) as string;
  add(
    'alg: HS256 by the public key',
    forge.proof(forge.header({ alg: 'HS256' }), forge.claims(), 'HS256', publicPem),
  );
  add(
    'alg: HS256 by the thumbprint',
    forge.proof(forge.header({ alg: 'HS256' }), forge.claims(), 'HS256', key.thumbprint),
  );
  add(
    'alg: HS256 with an oct key in it',
    forge.proof(
      forge.header({ alg: 'HS256', jwk: { kty: 'oct', k: encode('k'.repeat(32)) } }),
      forge.claims(),
      'HS256',
      'k'.repeat(32),
    ),
  );

  // The header
  for (const typ of ['JWT', 'at+jwt', 'dpop', 'dpop+jwt ', 'DPOP+JWT', 'application/dpop+jwt', '', null, 1])
    add(`typ: ${JSON.stringify(typ)}`, forge.headed({ typ }));
  add('typ: missing', forge.proof(without(forge.header(), 'typ')));
  for (const name of ['crit', 'jku', 'x5u', 'x5c', 'b64', 'zip', 'enc'])
    add(`header: ${name}`, forge.headed({ [name]: name === 'crit' ? ['exp'] : 'https://attacker.example/' }));
  const header = JSON.stringify(forge.header());
  add('header: typ twice', forge.proof({ raw: encode(`{"typ":"JWT",${header.slice(1)}`) }));
  add(
    'header: jwk twice',
    forge.proof({ raw: encode(`{"jwk":${JSON.stringify(other.jwk)},${header.slice(1)}`) }),
  );
  add('header: an array', forge.proof({ raw: encode(`[${header}]`) }));
  add('header: blank behind', forge.proof({ raw: `${encode(forge.header())} ` }));
  add('header: not UTF-8', forge.proof({ raw: encode(Buffer.from([0x7b, 0xff, 0x7d])) }));

  // What it is for
  for (const htm of ['POST', 'get', 'Get', 'GET ', ' GET', '', null, 1, ['GET'], 'HEAD', 'GET,POST'])
    add(`htm: ${JSON.stringify(htm)}`, forge.claiming({ htm }));
  const { host, pathname } = new URL(url);
  const wrongUris: unknown[] = [
    `https://attacker.example${pathname}`,
    `http://${host}${pathname}`,
    `https://${host}:8443${pathname}`,
    `https://${host}.attacker.example${pathname}`,
    `https://${host}@attacker.example${pathname}`,
    `https://attacker.example@${host}${pathname}`,
    `https://${host}${pathname}/`,
    `https://${host}${pathname}x`,
    `https://${host}/${pathname}`,
    `https://${host}${pathname.toUpperCase()}`,
    `https://${host}`,
    `https://${host}/other`,
    `https://${host}%2f${pathname}`,
    ` ${url}`,
    `${url} `,
    url.replace('://', ':\\\\'),
    url.replace('/orders', '/or\tders'),
    url.replace('/orders', '/or\nders'),
    url.replace('/orders', '%2forders'),
    url.replace('https:', 'javascript:'),
    url.replace('https:', ''),
    pathname,
    `${url}${'/a'.repeat(2000)}`,
    '',
    null,
    1,
    [url],
    { url },
  ];
  wrongUris.forEach((htu) => add(`htu: ${JSON.stringify(htu).slice(0, 70)}`, forge.claiming({ htu })));
  add('ath: of another token', forge.claiming({ ath: hashOf(otherToken) }));
  add('ath: the token itself', forge.claiming({ ath: token }));
  add('ath: padded', forge.claiming({ ath: `${hashOf(token)}=` }));
  add('ath: in hex', forge.claiming({ ath: Buffer.from(hashOf(token), 'base64url').toString('hex') }));
  add('ath: short', forge.claiming({ ath: hashOf(token).slice(0, -1) }));
  for (const ath of ['', null, 1, [hashOf(token)]])
    add(`ath: ${JSON.stringify(ath)}`, forge.claiming({ ath }));
  add("other token with this one's proof", forge.proof(), `DPoP ${otherToken}`);

  // When
  const { now } = forge;
  for (const [name, iat] of Object.entries({
    old: now - 65,
    'very old': now - 86_400,
    zero: 0,
    negative: -now,
    future: now + 65,
    'far future': now + 1e9,
    milliseconds: now * 1000,
    text: String(now),
    empty: null,
    list: [now],
  }))
    add(`iat: ${name}`, forge.claiming({ iat }));
  add(
    'iat: 1e999',
    forge.proof(forge.header(), {
      raw: encode(JSON.stringify(forge.claims()).replace(/"iat":\d+/, '"iat":1e999')),
    }),
  );
  add('exp: past', forge.claiming({ exp: now - 1 }));
  add('exp: text', forge.claiming({ exp: String(now + 60) }));
  add('nbf: future', forge.claiming({ nbf: now + 120 }));

  // Its id
  for (const jti of ['', null, 1, ['a'], {}, 'x'.repeat(257), 'x'.repeat(5000)])
    add(`jti: ${JSON.stringify(jti).slice(0, 20)} of ${JSON.stringify(jti).length}`, forge.claiming({ jti }));

  for (const name of ['htm', 'htu', 'iat', 'jti', 'ath'])
    add(`claims: without ${name}`, forge.proof(forge.header(), without(forge.claims(), name)));
  const claims = JSON.stringify(forge.claims());
  add(
    'claims: htu twice',
    forge.proof(forge.header(), { raw: encode(`{"htu":"https://attacker.example/",${claims.slice(1)}`) }),
  );
  add('claims: jti twice', forge.proof(forge.header(), { raw: encode(`{"jti":"a",${claims.slice(1)}`) }));
  add('claims: an array', forge.proof(forge.header(), { raw: encode(`[${claims}]`) }));
  add('claims: text', forge.proof(forge.header(), { raw: encode('"claims"') }));
  add('claims: __proto__', forge.proof(forge.header(), { raw: encode(`{"__proto__":${claims}}`) }));
  add(
    'claims: deep',
    forge.proof(forge.header(), {
      raw: encode(`{"a":${'['.repeat(40)}${']'.repeat(40)},${claims.slice(1)}`),
    }),
  );

  // The form
  const good = () => forge.proof();
  const parts = (proof = good()) => proof.split('.') as [string, string, string];
  add('form: empty', '');
  add('form: one part', parts()[0]);
  add('form: two parts', parts().slice(0, 2).join('.'));
  add('form: four parts', `${good()}.e30`);
  add('form: no signature', `${parts().slice(0, 2).join('.')}.`);
  add('form: dots alone', '..');
  add('form: padded signature', `${good()}=`);
  add('form: blank inside', good().replace('.', '. '));
  add('form: tab inside', good().replace('.', '.\t'));
  add('form: quoted', `"${good()}"`);
  add('form: a structured byte sequence', `:${good()}:`);
  add('form: base64 instead of base64url', good().replaceAll('-', '+').replaceAll('_', '/') + '+');
  add('form: two in one header', `${good()}, ${good()}`);
  add('form: something behind', `${good()} x`);
  add(
    'form: in JSON',
    JSON.stringify({ payload: parts()[1], signatures: [{ protected: parts()[0], signature: parts()[2] }] }),
  );
  add('form: huge', forge.claiming({ padding: 'x'.repeat(8000) }));
  add('form: the access token', token);
  add('signature: one bit flipped', bits(good(), -20));
  add('signature: of other claims', [...parts().slice(0, 2), parts()[2]].join('.'));
  add('signature: zeros', `${parts().slice(0, 2).join('.')}.${encode(Buffer.alloc(64))}`);
  add('signature: cut', good().slice(0, -4));
  add(
    'claims: one bit flipped',
    (() => {
      const [a, b, c] = parts();
      return [a, bits(b, 20), c].join('.');
    })(),
  );
  add(
    'header: one bit flipped',
    (() => {
      const [a, b, c] = parts();
      return [bits(a, -9), b, c].join('.');
    })(),
  );

  // The request
  add('request: no proof', []);
  add('request: two proofs', [good(), good()]);
  const same = good();
  add('request: one proof twice', [same, same]);
  add('request: an empty one and a good one', ['', good()]);
  add('scheme: Bearer without a proof', [], `Bearer ${token}`);
  add('scheme: Bearer with a proof', good(), `Bearer ${token}`);
  add(
    'scheme: DPoP with an unbound token',
    new ProofForge(key, unbound, method, url).proof(),
    `DPoP ${unbound}`,
  );
  add('scheme: DPoP with an unbound token, no proof', [], `DPoP ${unbound}`);
  add('scheme: two blanks', good(), `DPoP  ${token}`);
  add('scheme: none', good(), token);
  add('scheme: DPoP and nothing', good(), 'DPoP');
  add('scheme: the proof as the token', good(), `DPoP ${good()}`);
  add('scheme: Basic', good(), `Basic ${token}`);
  add('scheme: something behind', good(), `DPoP ${token} x`);
  add('scheme: two tokens', good(), `DPoP ${token}, Bearer ${token}`);
  return list;
}

export { PUBLIC_URL };
