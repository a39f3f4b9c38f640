import { leadsToPrototype } from '../../core/prototype-names.js';
import type { InputWalk } from './input-walk.js';

/**
 * Checks what no class describes (a property that is declared as `any` object): no name that reaches a prototype, no array over
 * the limit, not too deep. `maxHere` is the limit of the value itself, `maxArray` of what is inside.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Prototype_Pollution_Prevention_Cheat_Sheet.html
 */
export function checkFreeForm(value: unknown, walk: InputWalk, maxArray: number, maxHere = maxArray): void {
  if (typeof value !== 'object' || value === null || walk.full) return;
  if (walk.tooDeep) return walk.fail('depth', 'must not be nested this deep');
  if (Array.isArray(value)) {
    if (value.length > maxHere)
      return walk.fail('arrayMaxSize', `must contain no more than ${maxHere} elements`);
    for (let i = 0; i < value.length; i++) {
      if (typeof value[i] === 'object') step(i, value[i], walk, maxArray);
    }
    return;
  }
  for (const key of Object.keys(value)) {
    if (leadsToPrototype(key)) walk.refuseProperty(key);
    else step(key, (value as Record<string, unknown>)[key], walk, maxArray);
  }
}

function step(segment: string | number, value: unknown, walk: InputWalk, maxArray: number): void {
  walk.enter(segment, typeof segment === 'string');
  checkFreeForm(value, walk, maxArray);
  walk.leave();
}
