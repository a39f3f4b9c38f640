import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { seededRows } from '../database/seeded-rows.js';
import { samplePassword, serve } from '../serve.js';
import { welcome } from '../welcome.js';
import { createNaiveShop } from './naive.module.js';

const password = samplePassword();
const { app, url } = await serve(createNaiveShop({ password }), 3001);

console.log(welcome(url, password, await seededRows(app.get(DataSource))));
console.log(`The shop WITHOUT security listens on ${url}. It is there to be attacked; never deploy it.`);
