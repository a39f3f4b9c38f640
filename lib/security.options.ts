import { resolveAccounts, type AccountsOptions, type AccountsSettings } from './accounts/accounts.options.js';
import { SecurityConfigError } from './core/config-error.js';
import { checkOptions, flag, hasMethod, nameOf } from './core/options.js';
import type { StateStore } from './core/state-store.js';
import { inProduction } from './core/production.js';
import { resolveEvents, type EventsOptions, type EventsSettings } from './kit/events/events.options.js';
import { resolveOutage, type OutageOptions, type OutageSettings } from './kit/state/outage.options.js';
import {
  resolveAuthentication,
  type AuthenticationOptions,
  type AuthenticationSettings,
} from './pipeline/authentication/authentication.options.js';
import {
  resolveAuthorization,
  type AuthorizationOptions,
  type AuthorizationSettings,
} from './pipeline/authorization/authorization.options.js';
import { resolveEdge, type EdgeOptions, type EdgeSettings } from './pipeline/edge/edge.options.js';
import { resolveInput, type InputOptions, type InputSettings } from './pipeline/input/input.options.js';
import {
  resolveThrottling,
  type ThrottlingOptions,
  type ThrottlingSettings,
} from './pipeline/limits/limits.options.js';
import { resolveLists, type ListsOptions, type ListsSettings } from './pipeline/lists/lists.options.js';
import {
  resolveProblems,
  type ProblemsOptions,
  type ProblemsSettings,
} from './pipeline/output/problems/problems.options.js';
import { resolveAudit, type AcceptedFinding, type AuditOptions } from './posture/audit.options.js';
import {
  declaredControllers,
  type ControllerOverlay,
  type DeclaredController,
} from './posture/declared-controllers.js';

/**
 * Everything that `SecurityModule.forRoot()` takes: one field a room, all but `authentication` optional.
 *
 * @example
 * ```ts
 * SecurityModule.forRoot({
 *   authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' },
 *   authorization: { roles: { admin: ['user'], user: [] }, resources: [OrderResource] },
 *   edge: { trustedProxies: ['10.0.0.0/8'] },
 * });
 * ```
 */
export interface SecurityOptions {
  /** Whose tokens count, and with which keys. */
  readonly authentication: AuthenticationOptions;
  /** The roles and what they inherit; the resources and their rules. */
  readonly authorization?: AuthorizationOptions;
  /** How often. Default: 1000 a minute by address, 300 by user and by API key. */
  readonly throttling?: ThrottlingOptions;
  /** What is refused before the body is read; proxies, hosts, CORS, sizes. */
  readonly edge?: EdgeOptions;
  /** How bodies, queries and parameters are validated. */
  readonly input?: InputOptions;
  /** How lists are paged. */
  readonly lists?: ListsOptions;
  /** For an application with its own login: how passwords are kept, how long sessions last. */
  readonly accounts?: AccountsOptions;
  /** Filters of the application that may answer before `ProblemFilter`. */
  readonly problems?: ProblemsOptions;
  /** Where security events go. Default: one JSON line each to standard output. */
  readonly events?: EventsOptions;
  /** Findings that an existing application lives with for now. */
  readonly audit?: AuditOptions;
  /** Controllers of other packages, which cannot be decorated. */
  readonly declare?: readonly DeclaredController[];
  /** Where counts are kept. Default: `memoryState()`, for one instance. */
  readonly state?: StateStore;
  /** What goes on while the state store does not answer. */
  readonly outage?: OutageOptions;
  /** Problems name their reason, and the log the messages of errors. Refuses to boot with `NODE_ENV=production`. Default `false`. */
  readonly development?: boolean;
}

/** {@link SecurityOptions}, checked and complete. */
export interface SecuritySettings {
  readonly authentication: AuthenticationSettings;
  readonly authorization: AuthorizationSettings;
  readonly throttling: ThrottlingSettings;
  readonly edge: EdgeSettings;
  readonly input: InputSettings;
  readonly lists: ListsSettings;
  readonly accounts: AccountsSettings;
  readonly problems: ProblemsSettings;
  readonly events: EventsSettings;
  readonly baseline: readonly AcceptedFinding[];
  readonly declared: ControllerOverlay;
  /** `undefined`: memory, made anew for each application. */
  readonly state: StateStore | undefined;
  readonly outage: OutageSettings;
  readonly development: boolean;
}

const KEYS = [
  'authentication',
  'authorization',
  'throttling',
  'edge',
  'input',
  'lists',
  'accounts',
  'problems',
  'events',
  'audit',
  'declare',
  'state',
  'outage',
  'development',
];

/**
 * Checks all options, once, at boot.
 *
 * @throws {SecurityConfigError} for the first option that is wrong
 */
export function resolveOptions(raw: unknown): SecuritySettings {
  if (raw === undefined) {
    throw new SecurityConfigError(
      'option.missing',
      'SecurityModule.forRoot()',
      'has no options, so it would not know whose tokens to trust',
      "write forRoot({ authentication: { issuer: 'https://id.example.com/', audience: 'https://api.example.com' } })",
    );
  }
  const options = checkOptions('forRoot', raw, KEYS);
  const throttling = resolveThrottling(options['throttling']);
  const accounts = resolveAccounts(options['accounts']);
  if (accounts.apiKeys && !throttling.throttlers.some(({ by }) => by === 'key')) {
    throw new SecurityConfigError(
      'option.conflict',
      'throttling.throttlers',
      'has no limit of API keys beside accounts.apiKeys: the limits of users do not count them',
      "add { name: 'key', by: 'key', ttl: 60_000, limit: 300 }",
    );
  }
  const authentication = resolveAuthentication(options['authentication']);
  if (authentication.mtls?.header) refuseHeaderOfNobody(options['edge']);
  return {
    authentication,
    authorization: resolveAuthorization(options['authorization']),
    throttling,
    edge: resolveEdge(options['edge']),
    input: resolveInput(options['input']),
    lists: resolveLists(options['lists']),
    accounts,
    problems: resolveProblems(options['problems']),
    events: resolveEvents(options['events']),
    baseline: resolveAudit(options['audit']),
    declared: declaredControllers(options['declare']),
    state: resolveState(options['state']),
    outage: resolveOutage(options['outage']),
    development: resolveDevelopment(options['development']),
  };
}

/** A header with a certificate counts only from a declared proxy. */
function refuseHeaderOfNobody(edge: unknown): void {
  const { trustedProxies } = (edge ?? {}) as EdgeOptions;
  if (trustedProxies !== undefined && trustedProxies.length > 0) return;
  throw new SecurityConfigError(
    'option.conflict',
    'authentication.mtls.certificate',
    'is in a header, and no proxy is declared whose header would count',
    "write edge: { trustedProxies: ['10.0.0.0/8'] }, or certificate: 'socket'",
  );
}

function resolveState(raw: unknown): StateStore | undefined {
  if (raw === undefined) return undefined;
  if (!hasMethod(raw, 'run')) {
    throw new SecurityConfigError(
      'option.invalid',
      'state',
      `is ${nameOf(raw)} without a run method`,
      'write state: memoryState()',
    );
  }
  return raw as StateStore;
}

function resolveDevelopment(raw: unknown): boolean {
  const development = flag('development', raw, false);
  if (development && inProduction()) {
    throw new SecurityConfigError(
      'option.conflict',
      'development',
      'is true while NODE_ENV is production: answers would name their reasons',
      "write development: process.env.NODE_ENV !== 'production', or leave it out",
    );
  }
  return development;
}
