import type { Resource } from '../../policy/compiled-resource.js';
import type { ResourceRegistry } from '../../policy/resource-registry.js';
import { openProperties, type BodyRule } from './write-rule.js';

/** An object inside one that a route changes, which others than roles may send. */
export interface HeldObject {
  /** What is written of it. */
  readonly rule: BodyRule;
  /** The property that holds it: `PatchDocument.org`. */
  readonly holder: string;
  /** Whether it may have any shape: an id of its own too. */
  readonly freeForm: boolean;
  /** What holds its row; `undefined` where nobody knows, or it is a part of the row around it. */
  readonly table: unknown;
  /** The resource that it is: by its row, whatever its class says, or by its class. */
  readonly resource: Resource | undefined;
}

/** Of an object of no class: nothing is known of it. */
const FREE: BodyRule = { dto: Object, entity: undefined, properties: new Map(), presets: new Map() };

/** What stands inside the objects of a rule, at whatever depth. What a resource holds there is not looked for: it is no part of the object. */
export function heldObjects(rule: BodyRule, registry: ResourceRegistry): readonly HeldObject[] {
  const root = rule.entity && registry.nearest(rule.entity);
  if (!root) return [];
  const resources = [...registry.all];
  const within = (
    around: BodyRule,
    path: readonly string[],
    above: readonly HeldObject[],
  ): readonly HeldObject[] =>
    openProperties(around).flatMap(({ name, declaration, holds }) =>
      declaration.keys.flatMap((key) => {
        const at = [...path, key];
        const table = root.tableAt(at);
        const ofTable = table === undefined ? undefined : resources.find((one) => one.tableAt([]) === table);
        return (declaration.freeForm && holds.length === 0 ? [FREE] : holds).flatMap((inner) => {
          // A class may hold objects of itself.
          if (above.some((one) => one.rule === inner && one.table === table)) return [];
          const resource = ofTable ?? (inner.entity && registry.nearest(inner.entity));
          const { freeForm } = declaration;
          const held = { rule: inner, holder: `${around.dto.name}.${name}`, freeForm, table, resource };
          return resource ? [held] : [held, ...within(inner, at, [...above, held])];
        });
      }),
    );
  return within(rule, [], []);
}
