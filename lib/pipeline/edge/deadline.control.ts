import type { Compiled, Control } from '../../core/control.js';
import { nearestOf, type RouteDeclaration } from '../../core/route-declaration.js';
import { DEADLINE } from './deadline.decorator.js';

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    /** In milliseconds; `undefined`: that of every route. */
    deadline: number | undefined;
  }
}

/** Gives the connection of a request the deadline of its route. Node gives the next request on it that of the server again. */
export class DeadlineControl implements Control<'deadline'> {
  readonly name = 'deadline';

  compile(route: RouteDeclaration): Compiled<number | undefined> {
    const section = nearestOf<number>(route, DEADLINE);
    if (section === undefined) return { section, findings: [] };
    return {
      section,
      findings: [],
      stage: ({ raw }) => {
        raw.socket.setTimeout(section);
        return undefined;
      },
    };
  }

  /** The section in words: `{ deadline: '120s' }`. */
  describe(section: number | undefined): Readonly<Record<string, string>> {
    return section === undefined ? {} : { deadline: `${section / 1000}s` };
  }
}
