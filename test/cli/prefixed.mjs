import { NestFactory } from '@nestjs/core';
import { createShop } from '../../dist/sample-app/app.module.js';

// What a main.ts does before it listens.
export async function createApplication() {
  const app = await NestFactory.create(createShop({ keyFile: process.env.KEY_FILE }), { logger: false });
  app.setGlobalPrefix('api');
  return app;
}
