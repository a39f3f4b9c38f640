/**
 * An answer, or a failure where it comes too late. Whoever gives it is not held up: what they do goes on.
 *
 * @param deadline milliseconds
 * @throws what `late` makes
 * @example
 * ```ts
 * const key = await inTime(store.find(id), 1000, () => new Error('too late'));
 * ```
 */
export async function inTime<T>(
  answer: T | PromiseLike<T>,
  deadline: number,
  late: () => Error,
): Promise<Awaited<T>> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    const giveUp = (): void => reject(late());
    // When this process itself was busy, the answer may lie in the socket already: what came in is read before it is called late.
    timer = setTimeout(() => setImmediate(giveUp), deadline);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
