import type { Type } from '@nestjs/common';
import type { Finding } from '../../core/finding.js';
import type { RouteDeclaration } from '../../core/route-declaration.js';
import { dtoProperties } from './dto-properties.js';
import type { ResourceCheck } from './resource-check.js';

/** Finds ids that a check reads from a body or a query as they were sent, and that the handler gets as something else. */
export function transformedPlaces(
  { id, parameters }: RouteDeclaration,
  { from }: ResourceCheck,
  decorator: string,
): Finding[] {
  if (!from) return [];
  const places = 'parts' in from ? Object.values(from.parts) : [from];
  return places.flatMap((place) => {
    const [source, key] = Object.entries(place)[0] as [string, string];
    const classes = parameters.flatMap(({ source: at, property, type }) =>
      at === source && property === undefined && typeof type === 'function' ? [type as Type<object>] : [],
    );
    return classes.flatMap((dto) =>
      dtoProperties(dto)
        .filter(({ keys, transformed }) => transformed && keys.includes(key))
        .map(({ name }) => ({
          code: 'access.reference-unchecked' as const,
          where: id,
          message: `${decorator} reads its id from ${source} ${key}, and ${dto.name}.${name} has @Transform: the handler would get another id than the one that was checked.`,
          fix: 'leave @Transform out',
        })),
    );
  });
}
