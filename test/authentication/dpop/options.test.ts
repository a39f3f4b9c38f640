import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../../lib/core/config-error.js';
import { resolveDpop } from '../../../lib/pipeline/authentication/dpop/dpop.options.js';
import { resolveMtls } from '../../../lib/pipeline/authentication/mtls/mtls.options.js';
import { resolveAuthentication } from '../../../lib/pipeline/authentication/authentication.options.js';
import { issuer } from '../../support/tokens.js';

const publicUrl = 'https://api.example.com';

function errorOf(resolve: () => unknown): SecurityConfigError {
  try {
    resolve();
  } catch (error) {
    expect(error).toBeInstanceOf(SecurityConfigError);
    return error as SecurityConfigError;
  }
  throw new Error('nothing was thrown');
}

describe('authentication.dpop', () => {
  it('left out: nothing is bound', () => {
    const { dpop, mtls, issuers } = resolveAuthentication(issuer.options);
    expect([dpop, mtls, issuers[0].confirmations]).toEqual([undefined, undefined, new Set()]);
  });

  it('has defaults, and each public URL in its normal form', () => {
    const resolved = resolveDpop({
      publicUrl: ['HTTPS://API.example.com:443/', 'https://example.com/shop/'],
    })!;
    expect(resolved).toMatchObject({
      publicUrls: [publicUrl, 'https://example.com/shop'],
      required: false,
      window: 60,
      nonceSecret: undefined,
    });
    expect(resolved.algorithms).toContain('ES256');
    expect(resolved.algorithms.some((name) => name.startsWith('HS'))).toBe(false);
    expect(resolveDpop({ publicUrl, algorithms: ['EdDSA'] })!.algorithms).toEqual(['EdDSA', 'Ed25519']);
    expect(resolveDpop({ publicUrl: 'http://127.0.0.1:3000' })!.publicUrls).toEqual([
      'http://127.0.0.1:3000',
    ]);
  });

  it.each<[string, object, string, string]>([
    ['no URL', {}, 'option.missing', 'publicUrl'],
    ['no list of URLs', { publicUrl: [] }, 'option.invalid', 'publicUrl'],
    ['no text', { publicUrl: 1 }, 'option.invalid', 'publicUrl'],
    ['a host name', { publicUrl: 'api.example.com' }, 'option.invalid', 'publicUrl'],
    ['http', { publicUrl: 'http://api.example.com' }, 'option.invalid', 'publicUrl'],
    ['a user name', { publicUrl: 'https://me@api.example.com' }, 'option.invalid', 'publicUrl'],
    ['a query', { publicUrl: `${publicUrl}/?a=1` }, 'option.invalid', 'publicUrl'],
    ['a fragment', { publicUrl: `${publicUrl}/#a` }, 'option.invalid', 'publicUrl'],
    ['a blank', { publicUrl: ` ${publicUrl}` }, 'option.invalid', 'publicUrl'],
    ['one bad URL of two', { publicUrl: [publicUrl, 'x'] }, 'option.invalid', 'publicUrl'],
    ['a misspelt name', { publicURL: publicUrl }, 'option.unknown', 'publicURL'],
    ['text for required', { publicUrl, required: 'true' }, 'option.invalid', 'required'],
    ['a shared secret', { publicUrl, algorithms: ['HS256'] }, 'option.invalid', 'algorithms'],
    ['none', { publicUrl, algorithms: ['none'] }, 'option.invalid', 'algorithms'],
    ['no algorithms', { publicUrl, algorithms: [] }, 'option.invalid', 'algorithms'],
    ['a long window', { publicUrl, window: 301 }, 'option.invalid', 'window'],
    ['no window', { publicUrl, window: 0 }, 'option.invalid', 'window'],
    ['a short secret', { publicUrl, nonceSecret: randomBytes(31) }, 'option.invalid', 'nonceSecret'],
    ['a guessable secret', { publicUrl, nonceSecret: 'x'.repeat(40) }, 'option.invalid', 'nonceSecret'],
    ['a number for a secret', { publicUrl, nonceSecret: 1 }, 'option.invalid', 'nonceSecret'],
    ['a secret that is not set', { publicUrl, nonceSecret: undefined }, 'option.missing', 'nonceSecret'],
  ])('refuses %s', (_, options, code, name) => {
    const error = errorOf(() => resolveDpop(options));
    expect([error.code, error.path]).toEqual([code, `authentication.dpop.${name}`]);
    expect(error.message).not.toContain('x'.repeat(40));
  });

  it('refuses what is no object', () => {
    for (const raw of [null, true, 'https://api.example.com', []])
      expect(errorOf(() => resolveDpop(raw)).path).toBe('authentication.dpop');
  });
});

describe('authentication.mtls', () => {
  it('reads the name of the header in lower case', () => {
    expect(resolveMtls({ certificate: 'socket' })).toEqual({ header: undefined });
    expect(resolveMtls({ certificate: 'rfc9440' })!.header).toEqual({
      name: 'client-cert',
      format: 'rfc9440',
    });
    expect(resolveMtls({ certificate: 'escaped-pem', header: 'X-Cert' })!.header!.name).toBe('x-cert');
  });

  it.each<[string, object, string, string]>([
    ['nothing', {}, 'option.missing', 'certificate'],
    ['another place', { certificate: 'header' }, 'option.invalid', 'certificate'],
    ['a header that is not read', { certificate: 'socket', header: 'X-Cert' }, 'option.conflict', 'header'],
    ['PEM without a name', { certificate: 'escaped-pem' }, 'option.missing', 'header'],
    ['a name that is none', { certificate: 'rfc9440', header: 'a b' }, 'option.invalid', 'header'],
    ['an empty name', { certificate: 'rfc9440', header: '' }, 'option.invalid', 'header'],
    ['a misspelt option', { certificate: 'rfc9440', headers: 'a' }, 'option.unknown', 'headers'],
  ])('refuses %s', (_, options, code, name) => {
    const error = errorOf(() => resolveMtls(options));
    expect([error.code, error.path]).toEqual([code, `authentication.mtls.${name}`]);
  });
});
