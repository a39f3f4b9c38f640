import { isPlain } from './is-plain.js';

/** Freezes a value as far as it is made of plain objects and arrays; an instance of a class keeps its own ways. */
export function freezePlain(value: unknown): void {
  if (!Array.isArray(value) && !isPlain(value)) return;
  Object.freeze(value);
  for (const part of Object.values(value)) freezePlain(part);
}
