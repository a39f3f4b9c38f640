import { createHash, createSign, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';

/** A self-signed certificate and its key, new for each test: a few bytes of DER, so that no tool has to be installed. */
export interface TestCertificate {
  readonly key: string;
  readonly pem: string;
  readonly der: Buffer;
  /** Its `x5t#S256`, RFC 8705 §3.1. */
  readonly thumbprint: string;
}

export function newCertificate(name: string): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // ecdsa-with-SHA256
  const algorithm = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
  const names = sequence(
    tagged(0x31, sequence(Buffer.from('0603550403', 'hex'), tagged(0x0c, Buffer.from(name)))),
  );
  const time = (ms: number) => {
    const text = new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
    return tagged(0x17, Buffer.from(`${text}Z`));
  };
  const certified = sequence(
    tagged(0xa0, Buffer.from('020102', 'hex')),
    tagged(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    names,
    sequence(time(Date.now() - 3_600_000), time(Date.now() + 3_600_000)),
    names,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('sha256').update(certified).sign(privateKey);
  const der = sequence(certified, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    pem: new X509Certificate(der).toString(),
    der,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
  };
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
