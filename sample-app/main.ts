import 'reflect-metadata';
import { Posture } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { createShop } from './app.module.js';
import { seededRows } from './database/seeded-rows.js';
import { samplePassword, serve } from './serve.js';
import { sharedState } from './shared-state.js';
import { welcome } from './welcome.js';

const password = samplePassword();
const databaseUrl = process.env['DATABASE_URL'] || undefined;
const cookies = process.env['SESSION_COOKIES'] === '1';
const state = await sharedState(process.env['REDIS_URL'] || undefined, databaseUrl);
const shop = createShop({
  password,
  databaseUrl,
  state,
  cookies,
  // Where the state forgets who was signed out, the keys are forgotten with it: else their tokens would count again.
  keyFile: state && '.data/key-ring.json',
});
const { app, url } = await serve(shop, 3000);

console.log(`\n${app.get(Posture).table()}`);
console.log(welcome(url, password, await seededRows(app.get(DataSource)), cookies));
if (!state) {
  console.log('Keys, sessions, revocations and limits are in memory: they end with this process.');
  console.log('With DATABASE_URL=postgres://… or REDIS_URL=redis://… they do not.\n');
}
console.log(`The shop listens on ${url}`);
