import { isDeepStrictEqual } from 'node:util';
import { ALWAYS, and, NEVER, not, or, some, type RowCondition } from './row-condition.js';

const MOST_OUTER = 6;

/**
 * The same condition, in which what is asked of a related row speaks of that row and of rows behind it alone: for data sources
 * whose conditions on related rows cannot see the row they come from. What speaks of another row is decided outside: the
 * condition holds with it, or without it. `undefined` where more than 6 conditions would have to be.
 */
export function localRows(condition: RowCondition): RowCondition | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.of.map(localRows);
      if (of.includes(undefined)) return undefined;
      return condition.kind === 'and' ? and(of as RowCondition[]) : or(of as RowCondition[]);
    }
    case 'not': {
      const of = localRows(condition.of);
      return of && not(of);
    }
    case 'some': {
      const { row, via, as, always } = condition;
      const where = localRows(condition.where);
      if (!where || outerOf(where, as).length > MOST_OUTER) return undefined;
      return decide(where, as, (decided) => some({ row, via, as, always }, decided));
    }
    default:
      return condition;
  }
}

function decide(
  where: RowCondition,
  row: number,
  close: (where: RowCondition) => RowCondition,
): RowCondition {
  const [outer] = outerOf(where, row);
  if (!outer) return close(where);
  const ways = waysOf(where, outer);
  const held = decide(replaced(where, outer, ALWAYS), row, close);
  const failed = decide(replaced(where, outer, NEVER), row, close);
  // What holds although the condition fails holds with it as well, where no `not` is around it; and the other way round.
  return or<RowCondition>([
    ways.has(true) ? and([outer, held]) : held,
    ways.has(false) ? and([not(outer), failed]) : failed,
  ]);
}

/** Whether the condition stands as it is (`true`), under a `not` (`false`), or both. */
function waysOf(condition: RowCondition, sought: RowCondition, way = true): ReadonlySet<boolean> {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return new Set(condition.of.flatMap((one) => [...waysOf(one, sought, way)]));
  }
  if (condition.kind === 'not') return waysOf(condition.of, sought, !way);
  return new Set(isDeepStrictEqual(condition, sought) ? [way] : []);
}

/** The conditions that speak of another row, each once. */
function outerOf(condition: RowCondition, row: number): readonly RowCondition[] {
  const found: RowCondition[] = [];
  const look = (one: RowCondition): void => {
    if (one.kind === 'and' || one.kind === 'or') one.of.forEach(look);
    else if (one.kind === 'not') look(one.of);
    else if (one.kind === 'fn' || ('row' in one && one.row !== row)) {
      if (!found.some((known) => isDeepStrictEqual(known, one))) found.push(one);
    }
  };
  look(condition);
  return found;
}

function replaced(condition: RowCondition, sought: RowCondition, by: RowCondition): RowCondition {
  if (condition.kind === 'and') return and(condition.of.map((one) => replaced(one, sought, by)));
  if (condition.kind === 'or') return or(condition.of.map((one) => replaced(one, sought, by)));
  if (condition.kind === 'not') return not(replaced(condition.of, sought, by));
  return isDeepStrictEqual(condition, sought) ? by : condition;
}
