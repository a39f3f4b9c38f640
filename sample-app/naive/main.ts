import 'reflect-metadata';
import { samplePassword, serve } from '../serve.js';
import { welcome } from '../welcome.js';
import { createNaiveShop } from './naive.module.js';

const password = samplePassword();
const { url } = await serve(createNaiveShop({ password }), 3001);

console.log(welcome(url, password));
console.log(`The shop WITHOUT security listens on ${url}. It is there to be attacked; never deploy it.`);
