// One instance of an app: sends batches of two limits, many at once, and tells how many were admitted.
import { Redis } from 'ioredis6';

const [file, url, prefix, algorithm, calls, inFlight] = process.argv.slice(2);
const { redisState } = await import(file);
const redis = new Redis(url);
await new Promise((resolve) => redis.once('ready', resolve));
const store = redisState(redis, { prefix });

const period = 24 * 60 * 60 * 1000;
const consume = (key, limit) => ({
  op: 'consume',
  key,
  rate: { algorithm, limit, period, burst: limit, block: 0 },
  cost: 1,
  enforced: true,
});
// The user's limit is the narrow one; with a log no limit may be above 100, so the address has the same.
const batch = [consume('address:a', algorithm === 'gcra' ? 5000 : 100), consume('user:a', 100)];

process.send('ready');
await new Promise((resolve) => process.once('message', resolve));
let left = Number(calls);
let admitted = 0;
async function lane() {
  while (left-- > 0) {
    const results = await store.run(batch);
    if (results.every(({ allowed }) => allowed)) admitted++;
  }
}
await Promise.all(Array.from({ length: Number(inFlight) }, lane));
process.send({ admitted });
redis.disconnect();
process.disconnect();
