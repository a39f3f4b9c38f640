const DAY = 86_400_000;
/** Days from 1 March of the year 0 to 1 January 1970, of the proleptic Gregorian calendar. */
const DAYS_BEFORE_1970 = 719_468;
const DAYS_IN_400_YEARS = 146_097;
// `Date.UTC` takes the years 0 to 99 for those of the last century.
const FIRST = new Date('0000-01-01T00:00:00.000Z').getTime();
const YEAR_10000 = Date.UTC(10_000, 0, 1);

const ZERO = 48;
const DASH = 45;
const COLON = 58;
const POINT = 46;
const T = 84;
const Z = 90;

// The day of the call before, by its digits: the rows of a list are often of one day.
let known = Number.NaN;
let year3 = ZERO;
let year2 = ZERO;
let year1 = ZERO;
let year0 = ZERO;
let month1 = ZERO;
let month0 = ZERO;
let day1 = ZERO;
let day0 = ZERO;

/**
 * What `Date.prototype.toISOString` gives, in a fraction of its time, and with one allocation: a list of a hundred orders holds a hundred dates.
 *
 * @param time milliseconds since the epoch.
 * @throws {RangeError} for what is no time, as the original does.
 * @see https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 * @example
 * ```ts
 * isoDate(0); // '1970-01-01T00:00:00.000Z'
 * ```
 */
export function isoDate(time: number): string {
  // Years of more or fewer than four digits are written in another form.
  if (!(time >= FIRST && time < YEAR_10000) || !Number.isInteger(time)) return new Date(time).toISOString();
  const day = Math.floor(time / DAY);
  if (day !== known) readDay(day);
  const rest = time - day * DAY;
  const hours = whole(rest / 3_600_000);
  const minutes = whole(rest / 60_000) % 60;
  const seconds = whole(rest / 1000) % 60;
  const milliseconds = rest % 1000;
  // In one call: put together of parts, it would be thirteen strings. A line each for the date, the time and what is less than a second.
  // prettier-ignore
  return String.fromCharCode(
    year3, year2, year1, year0, DASH, month1, month0, DASH, day1, day0, T,
    tens(hours), ones(hours), COLON, tens(minutes), ones(minutes), COLON, tens(seconds), ones(seconds), POINT,
    ZERO + whole(milliseconds / 100), ones(whole(milliseconds / 10)), ones(milliseconds), Z,
  );
}

function readDay(day: number): void {
  const shifted = day + DAYS_BEFORE_1970;
  const era = Math.floor(shifted / DAYS_IN_400_YEARS);
  const ofEra = shifted - era * DAYS_IN_400_YEARS;
  const yearOfEra = whole(
    (ofEra - whole(ofEra / 1460) + whole(ofEra / 36_524) - whole(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + whole(yearOfEra / 4) - whole(yearOfEra / 100));
  // Months counted from March, so that the leap day is the last of the year.
  const fromMarch = whole((5 * ofYear + 2) / 153);
  const dayOfMonth = ofYear - whole((153 * fromMarch + 2) / 5) + 1;
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  year3 = ZERO + whole(year / 1000);
  year2 = ones(whole(year / 100));
  year1 = ones(whole(year / 10));
  year0 = ones(year);
  month1 = tens(month);
  month0 = ones(month);
  day1 = tens(dayOfMonth);
  day0 = ones(dayOfMonth);
  known = day;
}

/** The character of the tens of a number below a hundred. */
function tens(number: number): number {
  return ZERO + whole(number / 10);
}

/** The character of the ones of a number. */
function ones(number: number): number {
  return ZERO + (number % 10);
}

/** The whole part of a number from 0 to 2³¹. */
function whole(number: number): number {
  return number | 0;
}
