import 'reflect-metadata';
import { ConsoleLogger, Logger } from '@nestjs/common';
import { afterAll, vi } from 'vitest';

// Files share a process: what one of them says to the environment, replaces, or silences, is not the next one's.
const environment = { ...process.env };
afterAll(() => {
  vi.restoreAllMocks();
  Logger.overrideLogger(new ConsoleLogger());
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});
