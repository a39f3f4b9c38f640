import 'reflect-metadata';
import { afterAll, vi } from 'vitest';

// Files share a process: what one of them says to the environment, or pretends, is not the next one's.
const environment = { ...process.env };
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});
