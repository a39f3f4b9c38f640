/** Whether a JSON value is what is stored, as an answer writes it: a date as its ISO text, a bigint as its decimals. Objects and lists never are. */
export function isStored(sent: unknown, stored: unknown): boolean {
  if (stored instanceof Date) {
    return typeof sent === 'string' && Number.isFinite(stored.getTime()) && stored.toISOString() === sent;
  }
  if (typeof stored === 'bigint') return sent === String(stored);
  return sent === stored && (sent === null || typeof sent !== 'object') && sent !== undefined;
}
