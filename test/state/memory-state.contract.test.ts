import { describe, it } from 'vitest';
import { memoryState } from '../../lib/kit/state/memory-state.js';
import { stateStoreContract } from '../../lib/testing/index.js';

describe('memoryState keeps the contract of state stores', () => {
  const cases = stateStoreContract(() => {
    let now = 1_790_000_000_000;
    return { store: memoryState({ clock: () => now }), advance: (ms) => void (now += ms) };
  });
  for (const { name, run } of cases) it(name, run);
});
