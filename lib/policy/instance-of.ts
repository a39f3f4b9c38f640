import type { Type } from '@nestjs/common';

/** A plain row as an object of its class, whose constructor is not run: so that what a loader hands out is recognised in responses. */
export function instanceOf<T extends object>(entity: Type<T>, row: object): T {
  return Object.assign(Object.create(entity.prototype as object) as object, row) as T;
}
