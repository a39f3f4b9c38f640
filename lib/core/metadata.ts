import 'reflect-metadata';

/** The symbols under which the decorators keep their declarations. Read at boot, never per request. */
export function metadataKey(name: string): symbol {
  // In the registry, so that two copies of this package in one process still understand one another's decorators.
  return Symbol.for(`nestjs-gatehouse:${name}`);
}

/** Where a decorator stands, for messages: `OrdersController.get`, `Order.total`, or the name of the class that it is on. */
export function placeOf(target: object, key?: string | symbol): string {
  const owner = typeof target === 'function' ? target.name : target.constructor.name;
  return key === undefined ? owner : `${owner}.${String(key)}`;
}

/** Sets a declaration on a method (its function) or a class. */
export function setMetadata(
  key: symbol,
  value: unknown,
  target: object,
  descriptor?: PropertyDescriptor,
): void {
  Reflect.defineMetadata(key, value, (descriptor?.value as object | undefined) ?? target);
}

/** Adds to a list of declarations on a method or a class; decorators of one kind AND together. */
export function addMetadata(
  key: symbol,
  value: unknown,
  target: object,
  descriptor?: PropertyDescriptor,
): void {
  const carrier = (descriptor?.value as object | undefined) ?? target;
  // With what a base class declares: a subclass may add a rule and never drop one.
  const present = (Reflect.getMetadata(key, carrier) as unknown[] | undefined) ?? [];
  // Decorators run bottom-up; the list reads top-down.
  Reflect.defineMetadata(key, [value, ...present], carrier);
}
