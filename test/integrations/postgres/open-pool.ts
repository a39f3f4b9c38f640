import { Pool, type PoolConfig } from 'pg';

/** A pool that bears the loss of its idle connections: a test drops its database while the last ones are still being closed. */
export function openPool(url: string, config: PoolConfig = {}): Pool {
  const pool = new Pool({ connectionString: url, ...config });
  pool.on('error', () => {});
  return pool;
}
