import 'reflect-metadata';
import { Posture } from 'nestjs-gatehouse';
import { createShop } from './app.module.js';
import { samplePassword, serve } from './serve.js';
import { sharedState } from './shared-state.js';
import { welcome } from './welcome.js';

const password = samplePassword();
const shop = createShop({
  password,
  databaseUrl: process.env['DATABASE_URL'] || undefined,
  state: process.env['REDIS_URL'] ? await sharedState(process.env['REDIS_URL']) : undefined,
  cookies: process.env['SESSION_COOKIES'] === '1',
  keyFile: '.data/key-ring.json',
});
const { app, url } = await serve(shop, 3000);

console.log(`\n${app.get(Posture).table()}`);
console.log(welcome(url, password));
console.log(`The shop listens on ${url}`);
