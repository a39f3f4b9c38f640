import { listOf } from './containers.js';
import type { Encode } from './encoder.js';
import { kindOf, refuse } from './refusal.js';

/**
 * Writes a `Page`, or a plain object of its shape: the items by the rules of their class, the cursor as it is, nothing else.
 *
 * @throws {SecurityDenial} `output.undeclared` for any other shape.
 */
export function pageOf(item: Encode, where: string): Encode {
  const encodeItems = listOf(item, where, 0);
  return (value, walk, owned) => {
    if (value === undefined || value === null) return value;
    const { items, nextCursor = null } = value as { items?: unknown; nextCursor?: unknown };
    if (!Array.isArray(items)) return refuse(where, `is ${kindOf(value)} without a list of items`);
    if (nextCursor !== null && typeof nextCursor !== 'string')
      return refuse(where, 'has a nextCursor that is no string');
    return { items: encodeItems(items, walk, owned), nextCursor };
  };
}
