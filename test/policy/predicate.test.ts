import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../lib/core/audience.js';
import type { Principal } from '../../lib/core/principal.js';
import { compilePredicate } from '../../lib/policy/predicate.js';
import { ruleBuilder, type Rule } from '../../lib/policy/rule.js';

interface Thing {
  userId?: string | null;
  status?: string | null;
  account?: {
    ownerId: string;
    members: Array<{ userId: string; active: boolean; roles?: Array<{ name: string }> }>;
  } | null;
}

const r = ruleBuilder<Thing>(['userId']);
const alice = { id: 'alice' } as Principal;
const check = (rule: Rule<Thing>, object: object, principal = alice, ...roles: string[]) =>
  compilePredicate(rule.node)(object, principal, roles.length > 0 ? { roles: new Set(roles) } : NOBODY);

describe('an owner', () => {
  it('is who the path names, through objects and arrays', () => {
    expect(check(r.owner(), { userId: 'alice' })).toBe(true);
    expect(check(r.owner(), { userId: 'bob' })).toBe(false);
    const account = { ownerId: 'bob', members: [{ userId: 'carol' }, { userId: 'alice' }] };
    expect(check(r.owner('account.members.userId'), { account })).toBe(true);
    expect(check(r.owner('account.ownerId'), { account })).toBe(false);
  });

  const nothing: Array<[string, object]> = [
    ['a missing property', {}],
    ['undefined', { userId: undefined }],
    ['null', { userId: null }],
    ['an empty string', { userId: '' }],
    ['an object that prints like the id', { userId: { toString: () => 'alice' } }],
    ['NaN', { userId: NaN }],
    ['a fraction', { userId: 1.5 }],
    ['a list of nothing', { userId: [] }],
  ];
  const strange = [undefined, null, '', 'undefined', 'null', 'NaN', '1.5', '[object Object]', 'false'];
  it.each(nothing)('is nobody for %s, whatever the caller is called', (_name, object) => {
    for (const id of strange) expect(check(r.owner(), object, { id } as Principal)).toBe(false);
    expect(check(r.owner(), object)).toBe(false);
  });

  it('is the same alone and among other rules', () => {
    const objects = [
      { userId: 'alice' },
      { userId: ['bob', 'alice'] },
      [{ userId: 'alice' }],
      [],
      null,
      () => 1,
    ];
    for (const object of [...objects, ...nothing.map(([, value]) => value)]) {
      const among = check(r.any(r.owner(), r.role('admin')), object as object);
      expect(check(r.owner(), object as object)).toBe(among);
    }
  });

  it('is nobody where a relation is not loaded', () => {
    for (const account of [
      undefined,
      null,
      'alice',
      7,
      Promise.resolve({ members: [] }),
      { members: undefined },
      { members: [null] },
    ]) {
      expect(check(r.owner('account.members.userId'), { account })).toBe(false);
    }
  });

  it('may be held as a number by a driver', () => {
    expect(check(r.owner(), { userId: 42 }, { id: '42' } as Principal)).toBe(true);
    expect(check(r.owner(), { userId: 42n }, { id: '42' } as Principal)).toBe(true);
    expect(check(r.owner(), { userId: 42 }, { id: '042' } as Principal)).toBe(false);
    expect(check(r.owner(), { userId: 2 ** 53 }, { id: String(2 ** 53) } as Principal)).toBe(false);
  });
});

describe('a caller without id', () => {
  it.each([undefined, null, ''])('is admitted by no rule (%s)', (id) => {
    expect(
      check(
        r.any(r.role('admin'), r.where('status', 'open'), r.owner()),
        { status: 'open', userId: id },
        { id } as never,
        'admin',
      ),
    ).toBe(false);
  });

  it('nor is nobody at all', () => {
    expect(compilePredicate(r.role('admin').node)({}, null as never, { roles: new Set(['admin']) })).toBe(
      false,
    );
  });
});

describe('composition', () => {
  it('any of nothing is false; roles come from the audience', () => {
    expect(check(r.any(), {})).toBe(false);
    expect(check(r.role('support'), {}, alice, 'support')).toBe(true);
    expect(check(r.role('support'), {}, { ...alice, roles: ['support'] })).toBe(false);
  });

  it('where compares without conversion, and null is not undefined', () => {
    expect(check(r.where('status', 'open'), { status: 'open' })).toBe(true);
    expect(check(r.where('status', '1'), { status: 1 })).toBe(false);
    expect(check(r.where('status', null), { status: null })).toBe(true);
    expect(check(r.where('status', null), {})).toBe(false);
  });

  const members = [
    { userId: 'alice', active: false },
    { userId: 'bob', active: true },
  ];
  const object = { userId: 'zoe', status: 'open', account: { ownerId: 'bob', members } };
  const mine = r.owner('account.members.userId');
  const active = r.where('account.members.active', true);

  it('one all speaks of one member; a member that is me and another that is active is nobody', () => {
    expect(check(r.all(mine, active), object)).toBe(false);
    expect(check(r.all(r.all(r.any(mine)), r.any(active)), object)).toBe(false);
    expect(check(r.all(mine, active), object, { id: 'bob' } as Principal)).toBe(true);
    expect(check(r.any(mine, active), object, { id: 'zed' } as Principal)).toBe(true);
  });

  it('also below a member, and beside other paths', () => {
    const nested = {
      account: {
        ownerId: 'alice',
        members: [
          { userId: 'alice', active: true, roles: [{ name: 'reader' }] },
          { userId: 'bob', active: true, roles: [{ name: 'reader' }, { name: 'editor' }] },
        ],
      },
    };
    const editor = r.where('account.members.roles.name', 'editor');
    expect(check(r.all(mine, editor), nested)).toBe(false);
    expect(check(r.all(mine, editor, active), nested, { id: 'bob' } as Principal)).toBe(true);
    expect(check(r.all(r.owner('account.ownerId'), editor), nested)).toBe(true);
    // Two roles of one member cannot both be one role.
    expect(check(r.all(editor, r.where('account.members.roles.name', 'reader')), nested)).toBe(false);
  });

  it('needs no member for what does not speak of one', () => {
    const open = r.where('status', 'open');
    const rule = r.all(r.any(mine, open), r.any(active, open));
    for (const account of [{ ownerId: 'bob', members: [] }, { ownerId: 'bob' }, null, undefined]) {
      expect(check(rule, { status: 'open', account })).toBe(true);
      expect(check(rule, { status: 'paid', account })).toBe(false);
    }
  });
});
