import { SecurityConfigError } from '../../../core/config-error.js';
import { checkOptions, invalidOption, oneOf } from '../../../core/options.js';
import type { CertificateFormat } from './client-certificate.js';

/**
 * Tokens that count only over a connection with the client's certificate.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8705
 * @example
 * ```ts
 * mtls: { certificate: 'socket' }
 * mtls: { certificate: 'rfc9440' }
 * mtls: { certificate: 'escaped-pem', header: 'X-SSL-Client-Cert' }
 * ```
 */
export interface MtlsOptions {
  /**
   * Where the client's certificate is. `socket`: this server ends TLS itself, with `requestCert`. `rfc9440` and `escaped-pem`: in a header
   * that a proxy of `edge.trustedProxies` writes, `:base64 of the DER:` or percent-encoded PEM (nginx `$ssl_client_escaped_cert`). From
   * anybody else the header is not believed; the proxy has to remove what its clients send under that name.
   */
  readonly certificate: 'socket' | CertificateFormat;
  /** The name of that header. Default for `rfc9440`: `Client-Cert`. */
  readonly header?: string;
}

/** {@link MtlsOptions}, checked and complete. */
export interface MtlsSettings {
  /** `undefined`: from the socket. The name in lower case. */
  readonly header: { readonly name: string; readonly format: CertificateFormat } | undefined;
}

const PATH = 'authentication.mtls';
const NAME = /^[A-Za-z0-9-]{1,64}$/;

/**
 * Checks the `authentication.mtls` option.
 *
 * @throws {SecurityConfigError} `option.missing`, `option.unknown`, `option.invalid`, `option.conflict`
 */
export function resolveMtls(raw: unknown): MtlsSettings | undefined {
  if (raw === undefined) return undefined;
  const options = checkOptions(PATH, raw, ['certificate', 'header']);
  if (options['certificate'] === undefined) {
    const fix = "write certificate: 'socket', or 'rfc9440' or 'escaped-pem' behind a proxy";
    throw new SecurityConfigError('option.missing', `${PATH}.certificate`, 'is missing', fix);
  }
  const choices = ['socket', 'rfc9440', 'escaped-pem'] as const;
  const format = oneOf(`${PATH}.certificate`, options['certificate'], choices, 'socket');
  const { header } = options;
  if (format === 'socket') {
    if (header === undefined) return { header: undefined };
    const fix = "leave header out, or write certificate: 'rfc9440'";
    throw new SecurityConfigError(
      'option.conflict',
      `${PATH}.header`,
      'is not read with certificate: socket',
      fix,
    );
  }
  if (header === undefined && format === 'escaped-pem') {
    const fix = "write the name that your proxy uses: header: 'X-SSL-Client-Cert'";
    throw new SecurityConfigError('option.missing', `${PATH}.header`, 'is missing', fix);
  }
  const name = header ?? 'Client-Cert';
  if (typeof name !== 'string' || !NAME.test(name)) {
    throw invalidOption(`${PATH}.header`, name, "write the name of a header: 'X-SSL-Client-Cert'");
  }
  return { header: { name: name.toLowerCase(), format } };
}
