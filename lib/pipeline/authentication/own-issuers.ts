import { KeyRing } from '../../kit/keys/key-ring.js';
import type { IssuerSettings } from './issuer.options.js';

/** An issuer that is this application, and the keys that it signs with. */
export interface OwnIssuer {
  readonly issuer: IssuerSettings;
  readonly ring: KeyRing;
}

/** The issuers that are this application: it has their private keys. */
export function ownIssuers(issuers: readonly IssuerSettings[]): readonly OwnIssuer[] {
  return issuers.flatMap((issuer) => (issuer.keys instanceof KeyRing ? [{ issuer, ring: issuer.keys }] : []));
}
