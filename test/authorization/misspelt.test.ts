import { describe, expect, it } from 'vitest';
import { SecurityConfigError } from '../../lib/core/config-error.js';
import { StepUp } from '../../lib/pipeline/authentication/step-up/step-up.decorator.js';
import { Can } from '../../lib/pipeline/authorization/can.decorator.js';
import { Lists } from '../../lib/pipeline/authorization/lists.decorator.js';
import { Owns } from '../../lib/pipeline/authorization/owns.decorator.js';
import { References } from '../../lib/pipeline/authorization/references.decorator.js';
import { WritableBy } from '../../lib/pipeline/authorization/writable-by.decorator.js';
import { Filterable } from '../../lib/pipeline/lists/filterable.decorator.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { Returns } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import { defineResource } from '../../lib/policy/resource.js';
import { Order } from './shop.js';

type Decorating = (...options: never[]) => unknown;
const DECORATORS: ReadonlyArray<[string, Decorating, object, string]> = [
  ['@Can', (o) => Can('read', Order, o), { frm: { query: 'id' } }, 'from'],
  ['@Owns', (o) => Owns(Order, o), { guardonly: true }, 'guardOnly'],
  ['@References', (o) => References(Order, o), { actoin: 'use' }, 'action'],
  ['@WritableBy', (o) => WritableBy('support', o), { ifUnchangd: 'allow' }, 'ifUnchanged'],
  ['@Filterable', (o) => Filterable(o), { proprety: 'total' }, 'property'],
  ['@Returns', (o) => Returns(Order, o), { uncheked: 'why' }, 'unchecked'],
  ['@ExposeFor', (o) => ExposeFor('support', o), { type: () => Order, prat: true }, 'part'],
  ['@StepUp', (o) => StepUp(o), { maxage: 300 }, 'maxAge'],
];

/** What a decorator says on a property or method of a class. */
function said(decorator: unknown): string {
  class Carrier {
    value() {}
  }
  const put = decorator as (target: object, key: string, descriptor?: PropertyDescriptor) => void;
  try {
    put(Carrier.prototype, 'value', Object.getOwnPropertyDescriptor(Carrier.prototype, 'value'));
  } catch (error) {
    expect(error).toBeInstanceOf(SecurityConfigError);
    return (error as Error).message;
  }
  return 'nothing';
}

describe.each(DECORATORS)('%s', (name, decorate, misspelt, meant) => {
  const [word] = Object.keys(misspelt).slice(-1);

  it('asks whether another option was meant', () => {
    const message = said(decorate(misspelt as never));
    expect(message).toContain(`Carrier.value has ${name} with '${word}', which is no option`);
    expect(message).toContain(`did you mean ${meant}?`);
  });

  it('names the options that it has', () => {
    const message = said(decorate({ something: 1 } as never));
    expect(message).toContain("with 'something', which is no option");
    expect(message).toContain(meant);
  });
});

it.each<[string, unknown]>([
  ['@Can with a text for its options', Can('read', Order, 'from' as never)],
  ['@Can with null for its options', Can('read', Order, null as never)],
  ['@Returns with a function for its options', Returns(Order, (() => 'why') as never)],
  ['@Filterable with a text for its options', Filterable('total' as never)],
  ['@ExposeFor with options twice', ExposeFor('support', { part: true } as never, { type: () => Order })],
  ['@ExposeFor with null', ExposeFor('support', null as never)],
])('%s is refused', (_name, decorator) => {
  expect(said(decorator)).toMatch(/Carrier\.value has @/);
});

it('@Lists takes a class and no options', () => {
  const lists = Lists as (...args: unknown[]) => unknown;
  expect(said(lists(Order, { action: 'update' }))).toContain('has @Lists with more than a class');
  expect(said(lists(Order))).toBe('nothing');
});

it('defineResource asks whether another option was meant', () => {
  const options = { id: 'id', ownr: 'userId' } as never;
  expect(() => defineResource(Order, options)).toThrow(/Order\.ownr .*\n.*did you mean owner\?/);
});
