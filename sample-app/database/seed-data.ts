import type { ShopRole } from '../security-types.js';
import type { OrderStatus } from './order-status.js';

/** A seeded user, without the password. */
export interface SeededUser {
  readonly id: string;
  readonly tenantId: string;
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
  readonly tenantId: string;
  readonly accountId?: string;
  readonly status: OrderStatus;
  readonly note: string | null;
  readonly internalNote: string | null;
  readonly lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>;
}

/** A seeded account of a team. */
export interface SeededAccount {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly ownerId: string;
  readonly members: readonly string[];
}

/** Whose shop it is: two that share a database, and nothing else. */
export const SEEDED_TENANTS = { north: 'tea-north', south: 'tea-south' } as const;

const { north, south } = SEEDED_TENANTS;

/** The users of a new database, by the name that they log in with: four of the first tenant, three of the second. */
export const SEEDED_USERS = {
  alice: {
    id: '0a11ce00-0000-4000-8000-000000000001',
    tenantId: north,
    username: 'alice',
    displayName: 'Alice',
    email: 'alice@shop.example',
    roles: ['user'],
    taxId: 'DE-11-111-111',
  },
  bob: {
    id: '00000b0b-0000-4000-8000-000000000002',
    tenantId: north,
    username: 'bob',
    displayName: 'Bob',
    email: 'bob@shop.example',
    roles: ['user'],
    taxId: 'DE-22-222-222',
  },
  sue: {
    id: '00000500-0000-4000-8000-000000000003',
    tenantId: north,
    username: 'sue',
    displayName: 'Sue from support',
    email: 'sue@shop.example',
    roles: ['support'],
    taxId: 'DE-33-333-333',
  },
  root: {
    id: '00000707-0000-4000-8000-000000000004',
    tenantId: north,
    username: 'root',
    displayName: 'Root',
    email: 'root@shop.example',
    roles: ['admin'],
    taxId: 'DE-44-444-444',
  },
  carol: {
    id: '00ca401e-0000-4000-8000-000000000005',
    tenantId: south,
    username: 'carol',
    displayName: 'Carol',
    email: 'carol@south.example',
    roles: ['user'],
    taxId: 'DE-55-555-555',
  },
  sam: {
    id: '0000005a-0000-4000-8000-000000000006',
    tenantId: south,
    username: 'sam',
    displayName: 'Sam from support',
    email: 'sam@south.example',
    roles: ['support'],
    taxId: 'DE-66-666-666',
  },
  ada: {
    id: '00000ada-0000-4000-8000-000000000007',
    tenantId: south,
    username: 'ada',
    displayName: 'Ada',
    email: 'ada@south.example',
    roles: ['admin'],
    taxId: 'DE-77-777-777',
  },
} as const satisfies Record<string, Omit<SeededUser, 'roles'> & { readonly roles: readonly ShopRole[] }>;

/** The name of a seeded user. */
export type SeededName = keyof typeof SEEDED_USERS;

const alice = SEEDED_USERS.alice.id;
const bob = SEEDED_USERS.bob.id;
const carol = SEEDED_USERS.carol.id;

/** The accounts of a new database: one that alice shares with bob, who has ordered by it, and one of carol. */
export const SEEDED_ACCOUNTS = {
  kitchen: {
    id: 'acc00000-0000-4000-8000-000000000001',
    tenantId: north,
    name: 'Office kitchen',
    ownerId: alice,
    members: [alice, bob],
  },
  canteen: {
    id: 'acc00000-0000-4000-8000-000000000002',
    tenantId: south,
    name: 'Canteen',
    ownerId: carol,
    members: [carol],
  },
} as const satisfies Record<string, SeededAccount>;

/** The orders of a new database, oldest first: three of alice, two of bob, one of carol, and one that bob ordered for the account that he shares with alice. */
export const SEEDED_ORDERS = {
  aliceOpen: {
    id: 'a0000000-0000-4000-8000-000000000001',
    userId: alice,
    tenantId: north,
    status: 'open',
    note: 'Please ring twice',
    internalNote: 'pays late',
    lines: [{ sku: 'TEA-GREEN', quantity: 2 }],
  },
  alicePaid: {
    id: 'a0000000-0000-4000-8000-000000000002',
    userId: alice,
    tenantId: north,
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
    tenantId: north,
    status: 'cancelled',
    note: null,
    internalNote: null,
    lines: [{ sku: 'MUG', quantity: 1 }],
  },
  bobOpen: {
    id: 'b0000000-0000-4000-8000-000000000001',
    userId: bob,
    tenantId: north,
    status: 'open',
    note: 'A present, no invoice please',
    internalNote: null,
    lines: [{ sku: 'TEA-BLACK', quantity: 3 }],
  },
  bobPaid: {
    id: 'b0000000-0000-4000-8000-000000000002',
    userId: bob,
    tenantId: north,
    status: 'paid',
    note: null,
    internalNote: 'good customer',
    lines: [{ sku: 'KETTLE', quantity: 2 }],
  },
  carolOpen: {
    id: 'c0000000-0000-4000-8000-000000000001',
    userId: carol,
    tenantId: south,
    accountId: SEEDED_ACCOUNTS.canteen.id,
    status: 'open',
    note: 'For the kitchen door',
    internalNote: null,
    lines: [{ sku: 'MUG', quantity: 5 }],
  },
  kitchenOpen: {
    id: 'b0000000-0000-4000-8000-000000000003',
    userId: bob,
    tenantId: north,
    accountId: SEEDED_ACCOUNTS.kitchen.id,
    status: 'open',
    note: 'Not the blue ones',
    internalNote: null,
    lines: [{ sku: 'MUG', quantity: 6 }],
  },
} as const satisfies Record<string, SeededOrder>;
