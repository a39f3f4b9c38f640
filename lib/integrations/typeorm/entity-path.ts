import type { EntityMetadata } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import type { ColumnMetadata } from './column-values.js';

/** A rule's path as TypeORM knows it. */
export interface EntityPath {
  /** The relations on the way, outermost first, each as its whole path from the entity. */
  readonly relations: ReadonlyArray<readonly string[]>;
  /** The entity that has the column. */
  readonly holder: EntityMetadata;
  readonly column: ColumnMetadata;
}

/**
 * Follows a path through relations and embedded objects to its column.
 *
 * @throws {SecurityConfigError} `resource.invalid` where a step is no part of the entity, or the path ends in no column that
 * the rule can read
 */
export function followPath(root: EntityMetadata, path: readonly string[]): EntityPath {
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', `${root.name}: ${path.join('.')}`, problem, fix);
  const relations: string[][] = [];
  let holder = root;
  let embedded: string[] = [];
  for (const [index, step] of path.entries()) {
    const property = [...embedded, step].join('.');
    const last = index === path.length - 1;
    const relation = holder.findRelationWithPropertyPath(property);
    const column = holder.findColumnWithPropertyPathStrict(property);
    if (relation) {
      if (last || column) {
        throw wrong(
          `ends in the relation ${holder.name}.${property}, which holds an object and no id`,
          `write the path of the id: '${[...path.slice(0, index + 1), 'id'].join('.')}'`,
        );
      }
      if (relation.isLazy) {
        throw wrong(
          `goes through the lazy relation ${holder.name}.${property}, a promise that a rule cannot read`,
          'declare the relation without Promise<…>',
        );
      }
      relations.push(path.slice(0, index + 1));
      holder = relation.inverseEntityMetadata;
      embedded = [];
    } else if (column && last) {
      if (!column.isSelect || column.isVirtualProperty) {
        throw wrong(
          `reads ${holder.name}.${property}, which is not loaded with the entity`,
          'remove select: false, or rule on another column: a value that is not there never admits anybody',
        );
      }
      return { relations, holder, column };
    } else if (!column && !last && holder.hasEmbeddedWithPropertyPath(property)) {
      embedded = [...embedded, step];
    } else {
      const names = [...holder.columns, ...holder.relations].map((known) => known.propertyPath);
      throw wrong(
        column
          ? `goes into the column ${holder.name}.${property}`
          : `names ${holder.name}.${property}, which is not mapped`,
        `follow columns and relations of ${holder.name}: ${[...new Set(names)].join(', ')}`,
      );
    }
  }
  throw wrong('ends in an embedded object', 'write the path of one of its columns');
}

/** The relation in which a path ends, or `undefined` where it ends elsewhere or nowhere. */
export function relationAt(
  root: EntityMetadata,
  path: readonly string[],
): EntityMetadata['relations'][number] | undefined {
  let holder = root;
  let embedded: string[] = [];
  for (const [index, step] of path.entries()) {
    const relation = holder.findRelationWithPropertyPath([...embedded, step].join('.'));
    if (relation && index === path.length - 1) return relation;
    embedded = relation ? [] : [...embedded, step];
    if (relation) holder = relation.inverseEntityMetadata;
  }
  return undefined;
}
