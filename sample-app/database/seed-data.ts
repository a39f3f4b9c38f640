import type { ShopRole } from '../security-types.js';
import type { OrderStatus } from './order.entity.js';

/** A seeded user, without the password. */
export interface SeededUser {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly email: string;
  readonly roles: ShopRole[];
  readonly taxId: string;
}

/** A seeded order; totals come from the price list. */
export interface SeededOrder {
  readonly id: string;
  readonly userId: string;
  readonly status: OrderStatus;
  readonly note: string | null;
  readonly internalNote: string | null;
  readonly lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>;
}

/** The users of a new database, by the name that they log in with. */
export const SEEDED_USERS = {
  alice: {
    id: '0a11ce00-0000-4000-8000-000000000001',
    username: 'alice',
    displayName: 'Alice',
    email: 'alice@shop.example',
    roles: ['user'],
    taxId: 'DE-11-111-111',
  },
  bob: {
    id: '00000b0b-0000-4000-8000-000000000002',
    username: 'bob',
    displayName: 'Bob',
    email: 'bob@shop.example',
    roles: ['user'],
    taxId: 'DE-22-222-222',
  },
  sue: {
    id: '00000500-0000-4000-8000-000000000003',
    username: 'sue',
    displayName: 'Sue from support',
    email: 'sue@shop.example',
    roles: ['support'],
    taxId: 'DE-33-333-333',
  },
  root: {
    id: '00000707-0000-4000-8000-000000000004',
    username: 'root',
    displayName: 'Root',
    email: 'root@shop.example',
    roles: ['admin'],
    taxId: 'DE-44-444-444',
  },
} as const satisfies Record<string, Omit<SeededUser, 'roles'> & { readonly roles: readonly ShopRole[] }>;

/** The name of a seeded user. */
export type SeededName = keyof typeof SEEDED_USERS;

const alice = SEEDED_USERS.alice.id;
const bob = SEEDED_USERS.bob.id;

/** The orders of a new database, oldest first: three of alice, two of bob. */
export const SEEDED_ORDERS = {
  aliceOpen: {
    id: 'a0000000-0000-4000-8000-000000000001',
    userId: alice,
    status: 'open',
    note: 'Please ring twice',
    internalNote: 'pays late',
    lines: [{ sku: 'TEA-GREEN', quantity: 2 }],
  },
  alicePaid: {
    id: 'a0000000-0000-4000-8000-000000000002',
    userId: alice,
    status: 'paid',
    note: null,
    internalNote: null,
    lines: [
      { sku: 'KETTLE', quantity: 1 },
      { sku: 'MUG', quantity: 4 },
    ],
  },
  aliceCancelled: {
    id: 'a0000000-0000-4000-8000-000000000003',
    userId: alice,
    status: 'cancelled',
    note: null,
    internalNote: null,
    lines: [{ sku: 'MUG', quantity: 1 }],
  },
  bobOpen: {
    id: 'b0000000-0000-4000-8000-000000000001',
    userId: bob,
    status: 'open',
    note: 'A present, no invoice please',
    internalNote: null,
    lines: [{ sku: 'TEA-BLACK', quantity: 3 }],
  },
  bobPaid: {
    id: 'b0000000-0000-4000-8000-000000000002',
    userId: bob,
    status: 'paid',
    note: null,
    internalNote: 'good customer',
    lines: [{ sku: 'KETTLE', quantity: 2 }],
  },
} as const satisfies Record<string, SeededOrder>;
