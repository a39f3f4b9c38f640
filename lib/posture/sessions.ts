import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { SessionService } from '../accounts/sessions/session.service.js';
import type { SessionsSettings } from '../accounts/sessions/sessions.options.js';
import type { Finding } from '../core/finding.js';
import type { RouteAddress } from '../core/route-declaration.js';
import type { AuthenticationSettings } from '../pipeline/authentication/authentication.options.js';
import { ownIssuers } from '../pipeline/authentication/own-issuers.js';

/** Sessions that would begin and be of no use: without keys, refused by every route, or with a cookie that no route is sent. */
export function auditSessions(
  modules: ModulesContainer,
  addresses: readonly RouteAddress[],
  { issuers, dpop }: Pick<AuthenticationSettings, 'issuers' | 'dpop'>,
  { cookie }: Pick<SessionsSettings, 'cookie'>,
): Finding[] {
  const takers = takersOf(SessionService, modules);
  if (takers.length === 0) return [];
  const findings: Finding[] = [];
  const unusable = (message: string, fix: string) =>
    findings.push(...takers.map((where) => ({ code: 'sessions.unusable' as const, where, message, fix })));
  if (ownIssuers(issuers).length === 0) {
    unusable(
      'takes SessionService, and there are no keys to sign its tokens with.',
      "authentication: { …, keys: keyRing({ file: '.data/keys.json', create: true }) }",
    );
  }
  if (dpop?.required === true) {
    unusable(
      'takes SessionService, whose tokens are bound to no key: with dpop.required no route would take them.',
      'leave out authentication.dpop.required, and write @RequireDpop() where it is meant',
    );
  }
  if (cookie && !addresses.some((address) => isSent(cookie.refreshPath, address))) {
    findings.push({
      code: 'sessions.refresh-path',
      where: 'accounts.sessions.cookie.refreshPath',
      message: `is ${cookie.refreshPath}, where no POST route is: the browser would send the refresh token to none.`,
      fix: 'write the path of the refresh route as the browser asks for it, with the global prefix, the version and what a proxy puts before it',
    });
  }
  return findings;
}

/** The classes and factories of the application that inject a provider. What `ModuleRef` hands out nobody knows before it does. */
function takersOf(token: unknown, modules: ModulesContainer): string[] {
  const takers = new Set<string>();
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [...providers.values(), ...controllers.values(), ...injectables.values()]) {
      if (takenBy(wrapper).some((taken) => taken?.token === token)) takers.add(wrapper.name);
    }
  }
  return [...takers];
}

function takenBy(wrapper: InstanceWrapper): Array<InstanceWrapper | undefined> {
  // Both are undefined where there are none, whatever Nest's types say.
  const parameters = wrapper.getCtorMetadata() as InstanceWrapper[] | undefined;
  const properties = wrapper.getPropertiesMetadata() as
    ReturnType<InstanceWrapper['getPropertiesMetadata']> | undefined;
  return [...(parameters ?? []), ...(properties ?? []).map((property) => property.wrapper)];
}

/** RFC 6265 §5.1.4, behind any proxy that takes away the beginning of a path. */
function isSent(refreshPath: string, { method, path }: RouteAddress): boolean {
  if (method !== 'POST' && method !== 'ALL') return false;
  const wanted = segmentsOf(refreshPath);
  const found = segmentsOf(path);
  if (wanted.length === 0) return true;
  return wanted.some((_, from) => wanted.slice(from).every((segment, i) => fits(found[i], segment)));
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function fits(found: string | undefined, wanted: string): boolean {
  return found !== undefined && (found === wanted || /^[:*{]/.test(found));
}
