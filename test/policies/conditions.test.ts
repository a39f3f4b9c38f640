import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressRange, timeWindow, type TimeWindowOptions } from 'nestjs-gatehouse';

const at = (text: string) => Date.parse(text);

describe('timeWindow', () => {
  const office: TimeWindowOptions = { days: ['mon'], from: '08:00', to: '18:00' };

  it.each([
    ['2026-11-23T07:59:59.999Z', false],
    ['2026-11-23T08:00:00.000Z', true],
    ['2026-11-23T17:59:59.999Z', true],
    ['2026-11-23T18:00:00.000Z', false],
    ['2026-11-24T12:00:00.000Z', false],
  ])('begins with its first minute and ends before its last: %s', (time, open) => {
    expect(timeWindow(office)(at(time))).toBe(open);
  });

  it.each([
    ['2026-11-23T22:00:00Z', true],
    ['2026-11-24T05:59:00Z', true],
    ['2026-11-24T06:00:00Z', false],
    ['2026-11-24T22:00:00Z', false],
    ['2026-11-23T05:00:00Z', false],
  ])('over midnight it is of the day on which it begins: %s', (time, open) => {
    expect(timeWindow({ days: ['mon'], from: '22:00', to: '06:00' })(at(time))).toBe(open);
  });

  it('keeps the time of its zone, in summer and in winter', () => {
    const berlin = timeWindow({ ...office, timeZone: 'Europe/Berlin' });
    expect([at('2026-07-06T06:00Z'), at('2026-07-06T05:59Z')].map(berlin)).toEqual([true, false]);
    expect([at('2026-11-23T07:00Z'), at('2026-11-23T06:59Z')].map(berlin)).toEqual([true, false]);
    const auckland = timeWindow({ ...office, timeZone: 'Pacific/Auckland' });
    expect(auckland(at('2026-11-22T19:00Z'))).toBe(true);
  });

  it('a day is from 00:00 to 24:00', () => {
    const day = timeWindow({ days: ['sun', 'mon'], from: '00:00', to: '24:00' });
    expect([at('2026-11-22T00:00Z'), at('2026-11-23T23:59Z'), at('2026-11-24T00:00Z')].map(day)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('agrees with the calendar of UTC, minute by minute', () => {
    const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
    const clock = fc.integer({ min: 0, max: 1439 });
    const text = (minutes: number) =>
      `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    fc.assert(
      fc.property(
        clock,
        clock,
        fc.integer({ min: 0, max: 6 }),
        fc.date({ noInvalidDate: true }),
        (from, to, day, date) => {
          fc.pre(from !== to);
          const minutes = date.getUTCHours() * 60 + date.getUTCMinutes();
          const began = from > to && minutes < to ? (date.getUTCDay() + 6) % 7 : date.getUTCDay();
          const within = from < to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
          const open = timeWindow({ days: [days[day]!], from: text(from), to: text(to) });
          expect(open(date.getTime())).toBe(within && began === day);
        },
      ),
    );
  });

  it.each([
    [{ from: '8:00', to: '18:00' }, 'timeWindow.from'],
    [{ from: '08:00', to: '24:01' }, 'timeWindow.to'],
    [{ from: '08:00', to: '08:00' }, 'is no window'],
    [{ ...office, days: [] }, 'timeWindow.days'],
    [{ ...office, days: ['monday'] }, 'timeWindow.days'],
    [{ ...office, timeZone: 'Berlin' }, 'timeWindow.timeZone'],
    [{ ...office, timezone: 'UTC' }, 'did you mean timeWindow.timeZone?'],
    [undefined, 'timeWindow is undefined'],
  ])('%j does not start', (options, message) => {
    expect(() => timeWindow(options as never)).toThrow(message);
  });
});

describe('addressRange', () => {
  it('knows blocks and single addresses of both families', () => {
    const office = addressRange(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32']);
    const inside = ['192.0.2.0', '192.0.2.255', '198.51.100.7', '2001:db8:1::1'];
    const outside = ['192.0.3.0', '198.51.100.8', '2001:db9::', 'alice', '', '0.0.0.0'];
    expect(inside.map(office)).toEqual(inside.map(() => true));
    expect(outside.map(office)).toEqual(outside.map(() => false));
  });

  it('a connection without an address is in no block, not even in that of all', () => {
    expect(addressRange(['0.0.0.0/0'])('0.0.0.0')).toBe(false);
    expect(addressRange(['0.0.0.0/0'])('203.0.113.7')).toBe(true);
  });

  it('agrees with the arithmetic of CIDR (RFC 4632)', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, block, length) => {
        fc.pre(address !== '0.0.0.0');
        const bits = (text: string) =>
          text
            .split('.')
            .map((part) => Number(part).toString(2).padStart(8, '0'))
            .join('');
        const expected = bits(address).slice(0, length) === bits(block).slice(0, length);
        expect(addressRange([`${block}/${length}`])(address)).toBe(expected);
      }),
    );
  });

  it.each([[[]], [['office']], [['10.0.0.0/33']], [['fe80::1%eth0']], ['10.0.0.0/8'], [undefined]])(
    '%j does not start',
    (blocks) => {
      expect(() => addressRange(blocks as never)).toThrow('addressRange');
    },
  );
});
