import type { KeyObject } from 'node:crypto';
import type { ShopSize } from './order-store.js';

/** The algorithms that are compared. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'HS256'] as const;

/** A signature algorithm. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** How the shop's tokens are verified. */
export interface Verification {
  readonly algorithm: Algorithm;
  /** The public key or the shared secret. */
  readonly key: KeyObject;
  /** The same as text: PEM, or the secret itself. */
  readonly text: string;
}

/** Everything that a stack is told. */
export interface ShopOptions {
  readonly verification: Verification;
  readonly size: ShopSize;
  /** Further routes, registered before those that are measured. */
  readonly extraRoutes: number;
  /** Further roles beside `user`, `support` and `admin`. */
  readonly extraRoles: number;
}

/** The `iss` of every token. */
export const ISSUER = 'https://id.shop.example/';
/** The `aud` of every token. */
export const AUDIENCE = 'https://api.shop.example';
/** The page that calls the API. */
export const ORIGIN = 'https://app.shop.example';
/** Requests a minute, for an address and for a user: never reached, so that what is measured is the counting. */
export const LIMIT = 1_000_000;
/** The window of both limits, in milliseconds. */
export const WINDOW = 60_000;
/** The limit of the one route that is there to refuse: one request an hour for a user. */
export const RECEIPT = { limit: 1, ttl: 3_600_000 } as const;
