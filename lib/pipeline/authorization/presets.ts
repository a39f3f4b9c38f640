import type { Decision } from '../../core/decision.js';
import type { Principal } from '../../core/principal.js';
import type { PresetValue } from './preset.decorator.js';
import type { BodyRule } from './write-rule.js';

// A route that hands its request on has filled what the next route would take for sent.
const FILLED = new WeakMap<object, Set<string>>();

/** What the caller of one request presets in its body. */
export class Presets {
  readonly #wanted: Array<readonly [body: Record<string, unknown>, rule: BodyRule]> = [];

  get empty(): boolean {
    return this.#wanted.length === 0;
  }

  /** Whether the property stands in the body because it was filled. */
  has(body: object, key: string): boolean {
    return FILLED.get(body)?.has(key) ?? false;
  }

  /** Remembers that an object is to be filled: once nothing in the body is refused. */
  want(body: Record<string, unknown>, rule: BodyRule): void {
    this.#wanted.push([body, rule]);
  }

  /** Fills every object. Refuses a caller who has no value for a preset. */
  fill(principal: Principal): Decision {
    for (const [body, { dto, presets }] of this.#wanted) {
      for (const [key, preset] of presets) {
        const value: unknown = preset(principal);
        if (!isPreset(value)) {
          return { reason: 'access.property', note: `${dto.name}.${key}: the caller has no value for it` };
        }
        body[key] = value;
        FILLED.set(body, (FILLED.get(body) ?? new Set()).add(key));
      }
    }
    return undefined;
  }
}

function isPreset(value: unknown): value is PresetValue {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}
