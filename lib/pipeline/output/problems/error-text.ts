import { nameOf } from '../../../core/options.js';

const FRAME = /^\s+at /;
const NAME_ALONE = /^[\w.$]+\n/;
const MAX_FRAMES = 12;
const SAFE_WORD = /^[\w.$-]{1,80}$/;

/**
 * What the log says of a thrown value: class, code and stack frames, and those of its cause. The message only on request: messages
 * carry input, queries and secrets.
 */
export function errorText(thrown: unknown, withMessage: boolean): string {
  try {
    const text = describe(thrown, withMessage);
    const cause = thrown instanceof Error ? thrown.cause : undefined;
    return cause === undefined ? text : `${text}\ncaused by ${describe(cause, withMessage)}`;
  } catch {
    // A getter of the thrown object threw.
    return 'an object that cannot be read';
  }
}

function describe(thrown: unknown, withMessage: boolean): string {
  if (!(thrown instanceof Error)) return `${nameOf(thrown)} was thrown`;
  const { code, stack } = thrown as Error & { code?: unknown };
  const name = SAFE_WORD.test(thrown.name) ? thrown.name : 'Error';
  const codeText = typeof code === 'string' && SAFE_WORD.test(code) ? ` ${code}` : '';
  const message = withMessage ? `: ${thrown.message}` : '';
  const frames = framesOf(stack, thrown.message).slice(0, MAX_FRAMES);
  return [`${name}${codeText}${message}`, ...frames].join('\n');
}

/** The frames of a stack. The message stands before them, and its lines may look like frames. */
function framesOf(stack: unknown, message: string): string[] {
  if (typeof stack !== 'string') return [];
  const at = message === '' ? -1 : stack.indexOf(message);
  // Of a message that was replaced since, nobody can tell where it ends; there is none where the first line is a name alone.
  const rest = at < 0 ? (NAME_ALONE.test(stack) ? stack : '') : stack.slice(at + message.length);
  return rest.split('\n').filter((line) => FRAME.test(line));
}
