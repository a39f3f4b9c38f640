import { Injectable } from '@nestjs/common';
import { allow, deny, type PolicyContext, type RoutePolicy } from 'nestjs-gatehouse';

/**
 * The caller's token names a tenant. Where a rule asks for one, who has none is refused by the rule; this is for routes without such a rule, so
 * that a token from before there were tenants does nothing but log out.
 */
@Injectable()
export class InTenant implements RoutePolicy {
  readonly resource = null;

  decide({ principal }: PolicyContext) {
    return principal.tenant === undefined ? deny('no-tenant') : allow();
  }
}
