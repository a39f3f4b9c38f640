import { describe, expect, it } from 'vitest';
import { declaredControllers } from '../../lib/posture/declared-controllers.js';

class HealthController {}

describe('the option declare', () => {
  it.each([
    ['roles as text', { roles: 'admin' }, 'declare[0].roles'],
    ['an empty role', { roles: [''] }, 'declare[0].roles'],
    ['no role at all', { roles: [] }, 'declares nothing'],
    ['authenticated as text', { authenticated: 'yes' }, 'declare[0].authenticated'],
    ['an empty reason', { public: ' ' }, 'declare[0].public'],
    ['nothing', {}, 'declares nothing'],
  ])('refuses %s', (_case, declaration, message) => {
    expect(() => declaredControllers([{ controller: HealthController, ...declaration }])).toThrow(message);
  });
});
