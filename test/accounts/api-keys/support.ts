import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A text with its right checksum, by the definition: so that not the checksum is what refuses it. */
export function withChecksum(body: string): string {
  let rest = BigInt(crc32(body));
  let text = '';
  while (text.length < 6) {
    text = DIGITS[Number(rest % 62n)]! + text;
    rest /= 62n;
  }
  return body + text;
}
