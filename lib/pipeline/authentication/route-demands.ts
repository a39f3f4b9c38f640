import { ACCESS } from '../../core/access.js';
import type { CredentialMethod } from '../../core/credential.js';
import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import type { DpopSettings } from './dpop/dpop.options.js';
import type { StepUpRule } from './step-up/step-up.decorator.js';

/** What a route declares with `@RequireDpop()` and `@StepUp()`, and what the options add to that. */
export interface RouteDemands {
  /** Whether a token has to be bound to a key. */
  readonly dpopOnly: boolean;
  /** Each has to hold. */
  readonly stepUp: readonly StepUpRule[];
}

/** Reads what a route asks of a caller beyond being one. */
export function demandsOf(route: RouteDeclaration, dpop: DpopSettings | undefined): RouteDemands {
  const key = ACCESS.stepUp;
  return {
    dpopOnly: dpop?.required === true || requiresDpop(route),
    stepUp: [...(route.ofController<StepUpRule[]>(key) ?? []), ...(route.ofMethod<StepUpRule[]>(key) ?? [])],
  };
}

/** What would admit nobody, or would not be checked. */
export function demandFindings(
  route: RouteDeclaration,
  methods: readonly CredentialMethod[],
  dpop: DpopSettings | undefined,
): Finding[] {
  const found: Finding[] = [];
  const finding = (code: Finding['code'], message: string, fix: string) =>
    found.push({ code, where: route.id, message, fix });
  const asked = [
    ...(requiresDpop(route) ? ['@RequireDpop'] : []),
    ...(demandsOf(route, dpop).stepUp.length > 0 ? ['@StepUp'] : []),
  ];
  if (requiresDpop(route) && !dpop) {
    finding(
      'access.no-dpop',
      'is @RequireDpop, and proofs are not checked: it would admit nobody',
      "authentication.dpop in forRoot(): { publicUrl: 'https://api.example.com' }",
    );
  }
  if (asked.length > 0 && methods.includes('api-key')) {
    finding(
      'access.contradiction',
      `is ${asked.join(' and ')} and takes API keys, which have neither a key to prove nor a sign-in`,
      "@AuthenticateWith('jwt') on it",
    );
  }
  return found;
}

/** In words, for the inventory; empty where nothing is asked. */
export function demandWords({ stepUp }: RouteDemands): string {
  return stepUp
    .map(({ acr, maxAge, amr }) =>
      [
        ...(acr.length > 0 ? [`acr ${acr.join(' or ')}`] : []),
        ...(amr.length > 0 ? [`amr ${amr.join(' and ')}`] : []),
        ...(maxAge === undefined ? [] : [`signed in ${maxAge}s ago at most`]),
      ].join(', '),
    )
    .join('; ');
}

function requiresDpop(route: RouteDeclaration): boolean {
  return route.ofMethod(ACCESS.requireDpop) === true || route.ofController(ACCESS.requireDpop) === true;
}
