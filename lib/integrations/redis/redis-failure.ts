// The first word of an error reply of Redis: READONLY, OOM, CLUSTERDOWN.
const REPLY_CODE = /^[A-Z]{2,}(?= )/;
const ERROR_CODE = /^[A-Z][A-Z0-9_]+$/;

/**
 * The error of a batch that Redis did not run. It names the code and no more: a client's error may hold the connection string in its
 * message, and the keys and values of the batch beside it.
 */
export function redisFailure(error: unknown): Error {
  return new Error(`Redis did not run a batch (redisState): ${codeOf(error)}`);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const reply = REPLY_CODE.exec(error.message)?.[0];
  if (reply) return reply;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && ERROR_CODE.test(code)) return code;
  return error.name;
}
