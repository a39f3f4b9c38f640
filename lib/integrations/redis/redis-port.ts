/**
 * All that {@link redisState} needs of a client: any client that can do this fits, by an object of your own. For one server, or one
 * behind Sentinel: all keys of a batch go to it in one script. For a Cluster, give `redisState` the client of the Cluster itself.
 *
 * @example
 * ```ts
 * const port: RedisPort = {
 *   ready: () => client.connected,
 *   async eval(sha1, source, keys, args) {
 *     try {
 *       return await client.send('EVALSHA', sha1, keys.length, ...keys, ...args);
 *     } catch (error) {
 *       if (!String(error).includes('NOSCRIPT')) throw error;
 *       return client.send('EVAL', source, keys.length, ...keys, ...args);
 *     }
 *   },
 * };
 * ```
 */
export interface RedisPort {
  /** Whether a command would be sent now. `false` makes the store reject at once instead of waiting. */
  ready(): boolean;
  /** EVALSHA, and where Redis answers NOSCRIPT, EVAL once. Rejects with the error reply of Redis. */
  eval(sha1: string, source: string, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

/** EVALSHA, and where Redis does not know the script (a restart, a failover, SCRIPT FLUSH), EVAL once: it ran nothing before. */
export async function evalShaOrEval(
  evalSha: () => Promise<unknown>,
  evalSource: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await evalSha();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return evalSource();
  }
}
