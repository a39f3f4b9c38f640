import type { AuthorizationSection } from './authorization.section.js';
import type { ResourceCheck } from './resource-check.js';
import { allRules, type BodyRule, type PropertyRule } from './write-rule.js';

/**
 * The section in words, for the inventory. What is not declared has no word.
 *
 * @example
 * ```ts
 * sectionWords(section); // { who: 'support, may refund Order', writes: 'PatchOrder (note: owner, status: support)' }
 * ```
 */
export function sectionWords(section: AuthorizationSection): Readonly<Record<string, string>> {
  const who = [
    ...section.roles.map((anyOf) => anyOf.join(' or ')),
    ...section.scopes.map((scope) => `scope ${scope}`),
    ...section.checks.map(checkWords),
    ...section.policies.map((name) => `policy ${name}`),
    ...section.lists.map(({ name }) => `rows of ${name} that read admits`),
    ...section.bodies.flatMap(({ rule }) => [...allRules(rule)]).flatMap(referenceWords),
  ].join(', ');
  const writes = section.bodies
    .flatMap(({ rule }) => [...allRules(rule)])
    .filter(({ entity }) => entity !== undefined)
    .map(ruleWords)
    .join('; ');
  const unbound = section.unbound.map(({ parameter, reason }) => `${parameter}: ${reason}`).join('; ');
  return { ...(who && { who }), ...(writes && { writes }), ...(unbound && { unbound }) };
}

function checkWords({ action, entity, many }: ResourceCheck): string {
  const object = `${many ? 'every ' : ''}${entity.name}`;
  return action === undefined ? `owner of ${object}` : `may ${action} ${object}`;
}

function referenceWords({ dto, properties }: BodyRule): string[] {
  return [...new Set(properties.values())].flatMap(({ name, references }) =>
    references.map(({ action, entity }) => `may ${action} ${entity.name} in ${dto.name}.${name}`),
  );
}

function ruleWords({ dto, properties }: BodyRule): string {
  const words = [...new Set(properties.values())].map(
    (property) => `${property.name}: ${audienceWords(property)}`,
  );
  return `${dto.name} (${words.join(', ')})`;
}

function audienceWords({ anyone, owner, roles, declaration }: PropertyRule): string {
  if (declaration.preset) return 'preset';
  if (anyone) return 'anyone';
  return [...(owner ? ['owner'] : []), ...roles].join(' or ') || 'nobody';
}
