import type { Audience } from '../../../core/audience.js';
import type { Principal } from '../../../core/principal.js';
import type { AnyClass } from './class-transformer-metadata.js';

/** Whether a caller owns an object of one class. */
export type Owns = (object: object, principal: Principal) => boolean;

/** What exposure has to know of a registered resource: whose its objects are, and who may read them. */
export interface ReadableResource {
  readonly entity: AnyClass;
  readonly name: string;
  readonly conceal: boolean;
  /** The classes of the resources that it extends: their rules are its own. */
  readonly bases: ReadonlySet<unknown>;
  readonly owns: Owns;
  can(action: string, object: object, principal: Principal, audience: Audience): boolean;
  /** The path that the action's rule reads and the object does not have. */
  missing(action: string, object: object): string | undefined;
}
