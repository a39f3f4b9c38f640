import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Guarded } from '../../lib/pipeline/authorization/guarded.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { Preset } from '../../lib/pipeline/authorization/preset.decorator.js';
import { References } from '../../lib/pipeline/authorization/references.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { WritesTo } from '../../lib/pipeline/authorization/writes-to.decorator.js';
import { guardedWrite } from '../../lib/core/guarded-write.js';
import { OWNER } from '../../lib/policy/audiences.js';

class Order {
  id!: string;
  userId!: string;
  tenantId!: string;
  total!: number;
  note!: string | null;
}
class Seat {
  row!: number;
  letter!: string;
}

// Right.
export class Right {
  @References(Order) orderId!: string;
  @References(Order) orderIds?: string[];
  @References(Order, { action: 'use' }) number?: number | null;
  @References(Seat) seat!: { row: number; letter: string };
  @References(Seat) seats!: ReadonlyArray<{ row: number; letter: string }>;
}
@WritesTo(Order)
export class RightWrites {
  @Preset((caller) => caller.id) userId!: string;
  @Preset((caller) => caller.tenant) tenantId!: string;
  @Preset(() => 0) total!: number;
  @WritableBy(OWNER, 'support', { ifUnchanged: 'allow' }) note!: string | null;
}
const PARTS = { parts: { row: { param: 'row' }, letter: { header: 'x-letter' } } } as const;
export class RightRoutes {
  @Can('read', Seat, { from: PARTS, lock: 'update' }) one(seat: Seat, @Guarded() mine: object): void {
    void [seat, guardedWrite(mine, Promise.resolve({ affected: 1 }))];
  }
}

export class WrongReferences {
  // @ts-expect-error: no class
  @References() without!: string;
  // @ts-expect-error: a name is no class
  @References('Order') named!: string;
  // @ts-expect-error: a boolean is no id
  @References(Order) flag!: boolean;
  // @ts-expect-error: a date is no id
  @References(Order) date!: Date;
  // @ts-expect-error: a list of lists
  @References(Order) lists!: string[][];
  // @ts-expect-error: no such option
  @References(Order, { actoin: 'read' }) option!: string;
  // @ts-expect-error: an action is a name
  @References(Order, { action: 1 }) action!: string;
}

export class WrongPresets {
  // @ts-expect-error: no function
  @Preset('alice') value!: string;
  // @ts-expect-error: gives text to a number
  @Preset((caller) => caller.id) total!: number;
  // @ts-expect-error: may give null, and the property has always one
  @Preset(() => null) never!: string;
  // @ts-expect-error: gives what JSON cannot say
  @Preset(() => new Date()) date!: Date;
  // @ts-expect-error: the caller has no such property
  @Preset((caller) => caller.userId) userId!: string;
}

export class WrongGrants {
  // @ts-expect-error: options without an audience
  @WritableBy({ ifUnchanged: 'allow' }) alone!: string;
  // @ts-expect-error: no such value
  @WritableBy('admin', { ifUnchanged: true }) value!: string;
  // @ts-expect-error: no such option
  @WritableBy('admin', { unchanged: 'allow' }) option!: string;
  // @ts-expect-error: a mistyped role before the options
  @WritableBy('amdin', { ifUnchanged: 'allow' }) role!: string;
}

// @ts-expect-error: presets a property that the entity has not
@WritesTo(Order)
export class WrongPresetKey {
  @Preset((caller) => caller.id) ownerId!: string;
}

export class WrongRoutes {
  // @ts-expect-error: no such lock
  @Can('read', Order, { lock: 'share' }) lock(order: Order): void {
    void order;
  }
  // @ts-expect-error: a part is no place
  @Owns(Seat, { from: { parts: { row: 'row', letter: 'letter' } } }) parts(seat: Seat): void {
    void seat;
  }
  // @ts-expect-error: many are in one place
  @Owns(Seat, { from: PARTS, many: true }) many(seats: Seat[]): void {
    void seats;
  }
  // @ts-expect-error: locked, and takes another class
  @Owns(Seat, { lock: 'update' }) other(order: Order): void {
    void order;
  }
  // @ts-expect-error: a name is no class
  guarded(@Guarded('Order') mine: object): void {
    void mine;
  }
}
// @ts-expect-error: a number is no condition
export const noCondition = guardedWrite(1, Promise.resolve({ affected: 1 }));
// @ts-expect-error: a function is no result
export const noResult = guardedWrite({}, () => undefined);
