import { describe, expect, it } from 'vitest';
import type { CredentialMethod } from '../../lib/core/credential.js';
import { acceptedCredentials, admitted } from '../../lib/pipeline/authentication/accepted-credentials.js';
import { CredentialReader, type Carriers } from '../../lib/pipeline/authentication/credential-reader.js';
import { TokenDenials } from '../../lib/pipeline/authentication/token-denials.js';

const ALL: Carriers = { apiKeys: true, accessCookie: '__Host-access' };

function seen(
  rawHeaders: string[],
  carriers: Carriers = ALL,
  methods: CredentialMethod[] = ['jwt', 'api-key'],
) {
  const reader = new CredentialReader(carriers, new TokenDenials('api'));
  const found = admitted(reader.read(rawHeaders), acceptedCredentials(methods, { realm: 'api' }));
  return 'denial' in found ? found.denial.reason : `${found.kind} ${found.value}`;
}

describe('the Authorization header', () => {
  it.each([
    ['Bearer abc', 'bearer abc'],
    ['bearer abc', 'bearer abc'],
    ['BEARER a.b-c_d~e+f/g==', 'bearer a.b-c_d~e+f/g=='],
    ['ApiKey abc', 'api-key abc'],
    ['apikey abc', 'api-key abc'],
    ['Bearer ', 'bearer '],
    ['Bearer  abc', 'bearer  abc'],
    ['', 'token.scheme'],
    ['Basic abc', 'token.scheme'],
    ['Bearerabc', 'token.scheme'],
    [' Bearer abc', 'token.scheme'],
    ['Bearer', 'token.malformed'],
    ['Bearer\tabc', 'token.malformed'],
    ['ApiKey', 'token.malformed'],
  ])('%j is %s', (value, expected) => {
    expect(seen(['Authorization', value])).toBe(expected);
  });

  it('counts by any spelling of its name, and no other header does', () => {
    expect(seen(['AUTHORIZATION', 'Bearer abc'])).toBe('bearer abc');
    // A value that reads like a name.
    expect(seen(['X-Name', 'authorization', 'X-Other', 'Bearer abc'])).toBe('token.missing');
    expect(seen(['Proxy-Authorization', 'Bearer a', 'X-Access-Token', 'a', 'Cookie', 'access=a'])).toBe(
      'token.missing',
    );
    expect(seen([])).toBe('token.missing');
  });
});

describe('an API key of our own where a token belongs', () => {
  const carriers: Carriers = { ...ALL, dpop: true, apiKeyStart: 'shop_' };
  it.each([
    ['Authorization', 'Bearer shop_abc', 'token.malformed'],
    ['authorization', 'bearer shop_', 'token.malformed'],
    ['Authorization', 'DPoP shop_abc', 'token.malformed'],
    ['Cookie', '__Host-access=shop_abc', 'token.malformed'],
    ['Authorization', 'ApiKey shop_abc', 'api-key shop_abc'],
    ['X-API-Key', 'shop_abc', 'api-key shop_abc'],
    ['Authorization', 'Bearer shop', 'bearer shop'],
    ['Authorization', 'Bearer shopping_abc', 'bearer shopping_abc'],
    ['Authorization', 'Bearer SHOP_abc', 'bearer SHOP_abc'],
  ])('%s: %s is %s', (name, value, expected) => {
    expect(seen([name, value], carriers)).toBe(expected);
  });

  it('is one credential all the same', () => {
    expect(seen(['Authorization', 'Bearer shop_a', 'X-API-Key', 'shop_a'], carriers)).toBe(
      'credential.several',
    );
  });
});

describe('the other carriers', () => {
  it('are looked at only where the application has them', () => {
    const key = ['X-API-Key', 'shop_1'];
    const cookie = ['Cookie', 'a=1; __Host-access=abc; b=2'];
    expect(seen(key)).toBe('api-key shop_1');
    expect(seen(cookie)).toBe('cookie abc');
    const none: Carriers = { apiKeys: false };
    expect(seen(key, none)).toBe('token.missing');
    expect(seen(cookie, none)).toBe('token.missing');
    expect(seen(['Authorization', 'ApiKey shop_1'], none)).toBe('token.scheme');
    expect(seen(['Authorization', 'Bearer a', ...key, ...cookie], none)).toBe('bearer a');
  });

  it.each([
    [['Cookie', '__host-access=abc']],
    [['Cookie', 'x__Host-access=abc']],
    [['Cookie', '__Host-access']],
    [['Cookie', '__Host-accessx=abc']],
  ])('%j is not the cookie', (headers) => {
    expect(seen(headers)).toBe('token.missing');
  });
});

describe('two credentials in one request', () => {
  const [bearer, key, cookie] = [
    ['Authorization', 'Bearer abc'],
    ['X-API-Key', 'abc'],
    ['Cookie', '__Host-access=abc'],
  ] as const;
  it.each([
    ['twice the header', [...bearer, ...bearer]],
    ['in another case', [...bearer, 'authorization', 'Bearer abc']],
    ['token and key', [...bearer, ...key]],
    ['key and token', [...key, ...bearer]],
    ['token and cookie', [...bearer, ...cookie]],
    ['key and cookie', [...key, ...cookie]],
    ['two keys', [...key, ...key]],
    ['two cookies', [...cookie, ...cookie]],
    ['two values of one cookie', ['Cookie', '__Host-access=a; __Host-access=a']],
    ['another scheme and a key', ['Authorization', 'Basic abc', ...key]],
    ['what is malformed and a key', ['Authorization', 'Bearer', ...key]],
  ])('are refused: %s', (_, headers) => {
    expect(seen([...headers])).toBe('credential.several');
  });
});

describe('what a route takes', () => {
  it('nothing else is tried', () => {
    expect(seen(['X-API-Key', 'abc'], ALL, ['jwt'])).toBe('credential.method');
    expect(seen(['Authorization', 'Bearer abc'], ALL, ['api-key'])).toBe('credential.method');
    expect(seen(['Cookie', '__Host-access=abc'], ALL, ['api-key'])).toBe('credential.method');
  });

  it('is in the challenge', () => {
    const { missing, other, unknown } = acceptedCredentials(['jwt', 'api-key'], { realm: 'shop' });
    for (const { headers } of [missing, other, unknown])
      expect(headers).toEqual({ 'WWW-Authenticate': 'Bearer realm="shop", ApiKey realm="shop"' });
    expect(acceptedCredentials(['api-key'], { realm: 'shop' }).missing.headers).toEqual({
      'WWW-Authenticate': 'ApiKey realm="shop"',
    });
  });
});
