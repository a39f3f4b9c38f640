const MAX_BYTES = 512 * 1024;

/** A fetch that failed. The message is ours: nothing of what the other side sent. */
export class FetchFailure extends Error {
  /** `status`: what was answered, where it was not 200. */
  constructor(
    message: string,
    readonly status?: number,
  ) {
    super(message);
  }
}

// RFC 6839 §3.1: application/jwk-set+json and the like.
const JSON_TYPE = /^application\/(?:[a-z0-9.-]+\+)?json *(?:;|$)/i;

/**
 * Fetches a JSON object: no redirects, status 200 alone, a JSON content type, at most 512 KiB.
 *
 * @throws {FetchFailure} for anything else
 */
export async function fetchJson(
  url: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await fetchObject(url, signal);
  } catch (error) {
    if (error instanceof FetchFailure) throw error;
    throw new FetchFailure(signal.aborted ? 'it did not answer in time' : 'it could not be reached');
  }
}

async function fetchObject(url: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal });
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw new FetchFailure(`it answered ${response.status}`, response.status);
  }
  if (!JSON_TYPE.test(response.headers.get('content-type') ?? '')) {
    await response.body.cancel();
    throw new FetchFailure('its answer does not say that it is JSON (Content-Type)');
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > MAX_BYTES) throw new FetchFailure('it answered with more than 512 KiB');
    chunks.push(chunk);
  }
  const value = parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FetchFailure('it did not answer with a JSON object');
  return value as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
