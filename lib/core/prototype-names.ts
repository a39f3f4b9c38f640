const NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Whether a property name leads to the prototype of whatever it is read from or copied into. */
export function leadsToPrototype(name: string): boolean {
  return NAMES.has(name);
}
