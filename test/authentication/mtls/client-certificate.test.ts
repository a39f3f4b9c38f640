import * as fc from 'fast-check';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  certificateInHeader,
  isCertificate,
  type CertificateFormat,
} from '../../../lib/pipeline/authentication/mtls/client-certificate.js';
import { newCertificate } from '../../support/certificates.js';

// RFC 8705, appendix A
const OF_THE_RFC = {
  pem: `-----BEGIN CERTIFICATE-----
MIIBBjCBrAIBAjAKBggqhkjOPQQDAjAPMQ0wCwYDVQQDDARtdGxzMB4XDTE4MTAx
ODEyMzcwOVoXDTIyMDUwMjEyMzcwOVowDzENMAsGA1UEAwwEbXRsczBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABNcnyxwqV6hY8QnhxxzFQ03C7HKW9OylMbnQZjjJ
/Au08/coZwxS7LfA4vOLS9WuneIXhbGGWvsDSb0tH6IxLm8wCgYIKoZIzj0EAwID
SQAwRgIhAP0RC1E+vwJD/D1AGHGzuri+hlV/PpQEKTWUVeORWz83AiEA5x2eXZOV
bUlJSGQgjwD5vaUaKlLR50Q2DmFfQj1L+SY=
-----END CERTIFICATE-----
`,
  thumbprint: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0',
};
const { der, pem } = newCertificate('client');
const structured = `:${der.toString('base64')}:`;
const escaped = encodeURIComponent(pem);

describe('the thumbprint of a certificate', () => {
  it('is that of RFC 8705', () => {
    const { raw } = new X509Certificate(OF_THE_RFC.pem);
    expect(isCertificate(raw, OF_THE_RFC.thumbprint)).toBe(true);
    expect(isCertificate(der, OF_THE_RFC.thumbprint)).toBe(false);
  });

  it.each([undefined, null, 1, '', [], {}, `${OF_THE_RFC.thumbprint}=`, OF_THE_RFC.thumbprint.toLowerCase()])(
    'is not %j',
    (thumbprint) => expect(isCertificate(new X509Certificate(OF_THE_RFC.pem).raw, thumbprint)).toBe(false),
  );
});

describe('a certificate in a header', () => {
  it('is read in its format, and in no other', () => {
    expect(certificateInHeader(structured, 'rfc9440')).toEqual(der);
    expect(certificateInHeader(escaped, 'escaped-pem')).toEqual(der);
    expect(certificateInHeader(structured, 'escaped-pem')).toBeUndefined();
    expect(certificateInHeader(escaped, 'rfc9440')).toBeUndefined();
    const ofTheRfc = certificateInHeader(encodeURIComponent(OF_THE_RFC.pem), 'escaped-pem');
    expect(isCertificate(ofTheRfc!, OF_THE_RFC.thumbprint)).toBe(true);
  });

  it('is read with what proxies leave as it is: slashes and the like, lower case escapes, CRLF, no break at the end', () => {
    const readings = [
      escaped.replaceAll('%2F', '/').replaceAll('%2B', '+').replaceAll('%3D', '='),
      escaped.replaceAll(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase()),
      encodeURIComponent(pem.replaceAll('\n', '\r\n')),
      encodeURIComponent(pem.trimEnd()),
    ];
    for (const value of readings) expect(certificateInHeader(value, 'escaped-pem')).toEqual(der);
  });

  const base64 = der.toString('base64');
  it.each<[CertificateFormat, string, string]>([
    ['rfc9440', 'without colons', base64],
    ['rfc9440', 'one colon', `:${base64}`],
    ['rfc9440', 'two', `${structured}, ${structured}`],
    ['rfc9440', 'a parameter', `${structured};a=1`],
    ['rfc9440', 'a blank', `: ${base64}:`],
    ['rfc9440', 'base64url', structured.replaceAll('+', '-').replaceAll('/', '_').replace(/.$/, '-:')],
    ['rfc9440', 'too much padding', `:${base64}=:`],
    ['rfc9440', 'empty', '::'],
    ['rfc9440', 'huge', `:${'A'.repeat(20_000)}:`],
    ['escaped-pem', 'two blocks', escaped + escaped],
    ['escaped-pem', 'something in front', `a${escaped}`],
    ['escaped-pem', 'something behind', `${escaped}a`],
    ['escaped-pem', 'another kind', escaped.replaceAll('CERTIFICATE', 'PUBLIC%20KEY')],
    ['escaped-pem', 'bad escapes', escaped.replace('%0A', '%0')],
    ['escaped-pem', 'no UTF-8', escaped.replace('%0A', '%FF')],
    ['escaped-pem', 'spaces for breaks', escaped.replaceAll('%0A', '%20')],
    ['escaped-pem', 'a header in it', encodeURIComponent(pem.replace('\n', '\nProc-Type: 4\n\n'))],
    ['escaped-pem', 'huge', 'A'.repeat(20_000)],
    ['escaped-pem', 'empty', ''],
  ])('%s: is not %s', (format, _, value) => {
    expect(certificateInHeader(value, format)).toBeUndefined();
  });
});

describe('any text in that header', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        ...':=+/A%0Aa'.split(''),
        '-----BEGIN CERTIFICATE-----',
        '%0A',
        '-----END CERTIFICATE-----',
      ),
    }),
  );
  const bent = (good: string) =>
    fc
      .record({
        at: fc.nat(good.length - 1),
        gone: fc.nat(3),
        put: fc.string({ maxLength: 3, unit: fc.constantFrom(...':=+/A%0a\n -'.split('')) }),
      })
      .map(({ at, gone, put }) => good.slice(0, at) + put + good.slice(at + gone));

  it('rfc9440: is the one spelling of some bytes, or none; no exception', () => {
    fc.assert(
      fc.property(fc.oneof(text, bent(structured)), (value) => {
        const read = certificateInHeader(value, 'rfc9440');
        return read === undefined || `:${read.toString('base64')}:` === value;
      }),
      { numRuns: 20_000 },
    );
  });

  it('escaped-pem: is the PEM of some bytes, or none; no exception', () => {
    const plain = (value: string) => value.replaceAll(/\r?\n/g, '');
    fc.assert(
      fc.property(fc.oneof(text, bent(escaped)), (value) => {
        const read = certificateInHeader(value, 'escaped-pem');
        if (read === undefined) return true;
        const written = `-----BEGIN CERTIFICATE-----${read.toString('base64')}-----END CERTIFICATE-----`;
        return plain(decodeURIComponent(value)) === written;
      }),
      { numRuns: 20_000 },
    );
  });
});
