import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions, invalidOption } from '../../core/options.js';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A day of the week. */
export type Weekday = (typeof DAYS)[number];

/** A window of time that comes again each week. */
export interface TimeWindowOptions {
  /** On which days. Default: all. Of a window over midnight it is the day on which it begins. */
  readonly days?: readonly Weekday[];
  /** From this minute on: `'08:00'`. */
  readonly from: string;
  /** Until just before this one: `'18:00'`, or `'24:00'`. Before `from`: on the next day. */
  readonly to: string;
  /** By whose clock: an IANA name. Default `'UTC'`. */
  readonly timeZone?: string;
}

const KEYS = ['days', 'from', 'to', 'timeZone'];
const DAY = 24 * 60;

/**
 * A condition for policies: whether a time, in milliseconds since the epoch, is in a weekly window. Summer time is that of the zone.
 *
 * @throws {SecurityConfigError} `option.invalid`, `option.unknown`
 * @example
 * ```ts
 * const open = timeWindow({ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', timeZone: 'Europe/Berlin' });
 * open(Date.parse('2026-11-23T07:00:00Z')); // true: a Monday, 08:00 in Berlin
 * ```
 */
export function timeWindow(options: TimeWindowOptions): (now: number) => boolean {
  const { days = DAYS, timeZone = 'UTC', ...raw } = checkOptions('timeWindow', options, KEYS);
  const from = minute('timeWindow.from', raw['from']);
  const to = minute('timeWindow.to', raw['to']);
  if (from === to || from === DAY) {
    throw new SecurityConfigError(
      'option.invalid',
      'timeWindow',
      'is no window: nothing, or everything, is in it',
      "write { from: '08:00', to: '18:00' }; a whole day is from '00:00' to '24:00'",
    );
  }
  const open = openDays(days);
  const clock = clockOf(timeZone);
  return (now) => {
    const [day, minutes] = clock(now);
    if (from < to) return open.has(day) && minutes >= from && minutes < to;
    return minutes >= from ? open.has(day) : minutes < to && open.has((day + 6) % 7);
  };
}

function minute(path: string, value: unknown): number {
  const [, hours, minutes] =
    (typeof value === 'string' && /^([01]\d|2[0-3]|24):([0-5]\d)$/.exec(value)) || [];
  const all = Number(hours) * 60 + Number(minutes);
  if (!(all <= DAY)) throw invalidOption(path, value, "write a time of day: '08:00'");
  return all;
}

function openDays(days: unknown): ReadonlySet<number> {
  const known = Array.isArray(days) ? days.map((day) => DAYS.indexOf(day as Weekday)) : [];
  if (known.length === 0 || known.includes(-1)) {
    throw invalidOption(
      'timeWindow.days',
      days,
      "write some of 'mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'",
    );
  }
  return new Set(known);
}

/** The day of the week and the minute of the day. */
function clockOf(timeZone: unknown): (now: number) => readonly [day: number, minutes: number] {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timeZone as string,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  } catch {
    throw invalidOption('timeWindow.timeZone', timeZone, "write an IANA name: 'Europe/Berlin'");
  }
  return (now) => {
    const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
    const day = DAYS.indexOf(parts.get('weekday')!.toLowerCase() as Weekday);
    return [day, Number(parts.get('hour')) * 60 + Number(parts.get('minute'))];
  };
}
