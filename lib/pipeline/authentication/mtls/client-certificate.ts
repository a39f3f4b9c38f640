import { hash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { isSameText } from '../../../kit/keys/same-text.js';

/**
 * How a proxy writes a client's certificate into a header. `rfc9440`: `:base64 of the DER:`. `escaped-pem`: percent-encoded PEM, as nginx
 * writes `$ssl_client_escaped_cert`.
 */
export type CertificateFormat = 'rfc9440' | 'escaped-pem';

const LONGEST = 16_384;
const STRUCTURED = /^:([A-Za-z0-9+/]+={0,2}):$/;
const PEM =
  /^-----BEGIN CERTIFICATE-----\r?\n((?:[A-Za-z0-9+/=]{1,76}\r?\n)+)-----END CERTIFICATE-----(?:\r?\n)?$/;

/**
 * The certificate (DER) that a header holds: one, in the one spelling of its format. Anything else is `undefined`. It is not taken apart:
 * whoever knows its SHA-256 knows which one it is.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9440#section-2.1
 */
export function certificateInHeader(value: string, format: CertificateFormat): Buffer | undefined {
  if (value.length > LONGEST) return undefined;
  if (format === 'rfc9440') return decode(STRUCTURED.exec(value)?.[1]);
  return decode(PEM.exec(unescaped(value))?.[1]?.replaceAll(/\r?\n/g, ''));
}

/** The certificate (DER) that the other end of a TLS connection has proven to hold the key of. */
export function certificateOfSocket(socket: object): Buffer | undefined {
  return (socket as Partial<TLSSocket>).getPeerX509Certificate?.()?.raw;
}

/**
 * Whether a certificate is the one that a token names in `x5t#S256`: base64url of the SHA-256 of its DER.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-3.1
 */
export function isCertificate(certificate: Buffer, thumbprint: unknown): boolean {
  return typeof thumbprint === 'string' && isSameText(thumbprint, hash('sha256', certificate, 'base64url'));
}

function decode(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}
