import type { Finding } from '../../core/finding.js';
import type { GuardedBody } from './authorization.section.js';
import { allRules, type BodyRule, type PropertyRule } from './write-rule.js';

/** What the bodies of a public route ask of a caller, whom nobody identifies there: they could never be sent. */
export function publicBodies(where: string, bodies: readonly GuardedBody[]): Finding[] {
  const rules = new Set(bodies.flatMap(({ rule }) => [...allRules(rule)]));
  return [...rules].flatMap((rule) => {
    const named = [...new Set(rule.properties.values())].flatMap((property) => namesCaller(rule, property));
    if (named.length === 0) return [];
    return [
      {
        code: 'access.contradiction',
        where,
        message: `is @Public and takes ${named.join(', ')}, but nobody is identified there`,
        fix: '@Authenticated() instead of @Public, or a class without these properties: OmitType(…)',
      } satisfies Finding,
    ];
  });
}

function namesCaller({ dto, entity }: BodyRule, property: PropertyRule): readonly string[] {
  const { name, references, declaration, anyone } = property;
  const written = entity !== undefined;
  const decorators = [
    ...(references.length > 0 ? ['@References'] : []),
    ...(written && declaration.preset ? ['@Preset'] : []),
    ...(written && declaration.grant && !anyone ? ['@WritableBy'] : []),
  ];
  return decorators.map((decorator) => `${dto.name}.${name} (${decorator})`);
}
