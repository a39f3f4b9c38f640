export type { RedisClient } from './redis-client.js';
export type { RedisPort } from './redis-port.js';
export { redisState, type RedisStateOptions } from './redis-state.js';
