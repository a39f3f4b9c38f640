import { parseJson } from '../json/parse-json.js';

/** Of a document, and of the answer to a form. */
const [DOCUMENT_KIB, ANSWER_KIB] = [512, 64];

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
const MAX_DEPTH = 16;

/** What is sent, where it is no GET. */
export interface FormPost {
  readonly authorization: string;
  readonly form: Readonly<Record<string, string>>;
}

/**
 * Fetches a strict JSON object: no redirects, status 200 alone, a JSON content type, at most 512 KiB (64 in answer to a form) and 16 levels.
 *
 * @throws {FetchFailure} for anything else
 */
export async function fetchJson(
  url: string,
  signal: AbortSignal,
  post?: FormPost,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await fetchObject(url, signal, post);
  } catch (error) {
    if (error instanceof FetchFailure) throw error;
    throw new FetchFailure(signal.aborted ? 'it did not answer in time' : 'it could not be reached');
  }
}

async function fetchObject(
  url: string,
  signal: AbortSignal,
  post: FormPost | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const accept = 'application/json';
  const response = await fetch(url, {
    redirect: 'manual',
    signal,
    ...(post
      ? {
          method: 'POST',
          headers: { accept, authorization: post.authorization },
          body: new URLSearchParams(post.form),
        }
      : { headers: { accept } }),
  });
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw new FetchFailure(`it answered ${response.status}`, response.status);
  }
  if (!JSON_TYPE.test(response.headers.get('content-type') ?? '')) {
    await response.body.cancel();
    throw new FetchFailure('its answer does not say that it is JSON (Content-Type)');
  }
  const parsed = parseJson(
    await bytesOf(response.body as AsyncIterable<Uint8Array>, post ? ANSWER_KIB : DOCUMENT_KIB),
    { maxDepth: MAX_DEPTH },
  );
  const value = 'value' in parsed ? parsed.value : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FetchFailure('it did not answer with a strict JSON object');
  return value as Record<string, unknown>;
}

async function bytesOf(body: AsyncIterable<Uint8Array>, kib: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > kib * 1024) throw new FetchFailure(`it answered with more than ${kib} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
