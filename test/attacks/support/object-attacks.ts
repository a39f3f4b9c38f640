import type { Answer } from '../../support/api-client.js';
import type { SeededName } from '../../../sample-app/database/seed-data.js';
import type { Attack, Outcome } from './describe-attacks.js';
import type { Target } from './target.js';
import { withoutIds } from './wire.js';

/** Succeeds where the answer shows it. */
export const shows = ({ status, text }: Answer, what: string): Outcome => ({
  succeeded: text.includes(what),
  status,
});

/** Succeeds where any row is another one afterwards. */
export async function changes(target: Target, act: () => Promise<Answer>): Promise<Outcome> {
  const before = JSON.stringify(await target.rows());
  const { status, text } = await act();
  return { succeeded: JSON.stringify(await target.rows()) !== before, status, text };
}

/** Header lines without what differs from any request to the next. */
function headersOf({ headers }: Answer): string[] {
  return [...headers]
    .filter(([name]) => name !== 'date' && name !== 'x-request-id')
    .map(([name, value]) => `${name}: ${name === 'ratelimit' ? value.replaceAll(/\d+/g, '') : value}`);
}

/**
 * Succeeds where a foreign object is answered in another way than one that does not exist: then ids can be tried out.
 *
 * @param body of the request; a function makes it from the id
 */
export function tellsApart(
  method: string,
  path: (id: string) => string,
  [foreign, ...others]: readonly string[],
  body?: unknown,
  who: SeededName = 'alice',
): Attack {
  const bodyOf = (id: string): unknown =>
    typeof body === 'function' ? (body as (id: string) => unknown)(id) : body;
  const sent = bodyOf(':id');
  return {
    name: `find out which ids exist: ${method} ${path(':id')} ${sent === undefined ? '' : JSON.stringify(sent)}${who === 'alice' ? '' : ` as ${who}`}`,
    async run({ as }) {
      const faces = new Set<string>();
      for (const id of [...others, foreign!]) {
        const answer = await as[who].send(method, path(id), bodyOf(id));
        faces.add(JSON.stringify([answer.status, withoutIds(answer.text), headersOf(answer)]));
      }
      return { succeeded: faces.size > 1, faces: [...faces] };
    },
  };
}
