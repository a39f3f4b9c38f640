import { ValidationPipe } from '@nestjs/common';
import { PickType } from '@nestjs/mapped-types';
import { Exclude, Expose, instanceToPlain, plainToInstance, Transform, Type } from 'class-transformer';
import { IsOptional, IsString } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { exposesAnything } from '../../lib/pipeline/output/exposure/serializer.js';
import { ANYONE } from '../../lib/policy/audiences.js';
import { leaves } from '../exposure/support.js';

const canary = 'CANARY';

/** The data alone, as a spread or a raw query gives it. */
const row = (object: object) => Object.fromEntries(Object.entries(object));

describe('groups', () => {
  it('typestack/class-transformer#1197: they add, and keep nothing back that has none', () => {
    class User {
      name = canary;
      @Expose({ groups: ['support'] }) email = 'a@b.c';
    }
    expect(instanceToPlain(new User(), { groups: ['support'] })).toEqual({ name: canary, email: 'a@b.c' });
    expect(leaves(User, new User(), { in: 'support' })).toEqual({ email: 'a@b.c' });
    expect(leaves(User, new User(), { in: 'user' })).toEqual({});
  });

  it('typestack/class-transformer#232: where nobody names any, they are not asked', () => {
    class User {
      @Expose({ groups: ['support'] }) email = canary;
      @Expose() name = 'Ann';
    }
    // Somebody's call has forgotten them, and the support no longer sees what it needs.
    expect(instanceToPlain(new User())).toEqual({ name: 'Ann' });
    // Here there is no such call: the groups are the roles of the caller, and nobody in particular has none.
    expect(leaves(User, new User(), { in: 'support' })).toEqual({ email: canary, name: 'Ann' });
    expect(leaves(User, new User(), { as: null, in: 'nobody' })).toEqual({ name: 'Ann' });
  });

  it('typestack/class-transformer#1030: one that is renamed is taken from whoever sends it', async () => {
    class Patch {
      @Expose({ name: 'is_admin', groups: ['admin'] }) @IsOptional() @IsString() isAdmin?: string;
    }
    const stock = new ValidationPipe({
      whitelist: true,
      forbidNonWhitelisted: true,
      transform: true,
      transformOptions: { groups: ['user'] },
    });
    const metadata = { type: 'body', metatype: Patch } as const;
    await expect(stock.transform({ is_admin: canary }, metadata)).resolves.toEqual({ isAdmin: canary });
    for (const body of [{ is_admin: canary }, { isAdmin: canary }])
      expect(() => new SecurityValidationPipe().transform(body, metadata)).toThrow();

    class Row {
      @Expose({ name: 'is_admin' }) @ExposeFor('admin') isAdmin = canary;
    }
    for (const one of [new Row(), { isAdmin: canary }, { is_admin: canary }])
      expect(leaves(Row, one)).toEqual({});
    expect(leaves(Row, new Row(), { in: 'admin' })).toEqual({ is_admin: canary });
  });

  it('typestack/class-transformer#1093: what is nested has its own, unless it is a plain row', () => {
    class Profile {
      @Expose({ groups: ['support'] }) name = 'Ann';
      @Expose({ groups: ['admin'] }) note = canary;
    }
    class User {
      @Expose({ groups: ['support'] }) @Type(() => Profile) profile: object = new Profile();
    }
    const user = Object.assign(new User(), { profile: { ...row(new Profile()), secret: canary } });
    expect(JSON.stringify(instanceToPlain(user, { groups: ['support'] }))).toContain(canary);
    for (const one of [new User(), user, row(user)])
      expect(leaves(User, one, { in: 'support' })).toEqual({ profile: { name: 'Ann' } });
    expect(leaves(User, user, { in: 'user' })).toEqual({});
  });
});

describe('mapped types', () => {
  class Order {
    @Expose() id = '1';
    @ExposeFor('support') note = canary;
    @Exclude() password = canary;
    addedLater = canary;
  }

  it('nestjs/mapped-types#1369: the picked properties have lost who may see them', () => {
    class Picked extends PickType(Order, ['id', 'note', 'addedLater']) {}
    expect(instanceToPlain(plainToInstance(Picked, row(new Order())))).toMatchObject({
      note: canary,
      addedLater: canary,
    });
    // What is lost is closed, to everybody: nobody is told that it may leave.
    for (const audience of ['nobody', 'support', 'admin'] as const)
      for (const order of [new Order(), row(new Order()), new Picked()])
        expect(leaves(Picked, order, { in: audience })).toEqual({ id: '1' });
    class Nothing extends PickType(Order, ['note', 'addedLater']) {}
    expect(exposesAnything(Nothing)).toBe(false);
    // Said again, it holds.
    class Again extends PickType(Order, ['id']) {
      @ExposeFor('support') note = canary;
    }
    expect(leaves(Again, new Order(), { in: 'support' })).toEqual({ id: '1', note: canary });
    expect(leaves(Again, new Order(), { in: 'user' })).toEqual({ id: '1' });
  });

  it('nestjs/mapped-types#1212, nestjs/mapped-types#1224: a mask of a parent is that of what is picked from it', () => {
    class Card {
      @Expose() @Transform(() => 'masked, more or less') number!: string;
    }
    class Masked extends Card {
      @Transform(() => 'masked') declare number: string;
    }
    class Picked extends PickType(Masked, ['number']) {}
    class PickedTwice extends PickType(Picked, ['number']) {}
    for (const type of [Masked, Picked, PickedTwice])
      for (const card of [{ number: canary }, Object.assign(new Masked(), { number: canary })])
        expect(leaves(type, card)).toEqual({ number: 'masked' });
    class Closed extends PickType(Order, ['id', 'password']) {}
    expect(leaves(Closed, new Order())).toEqual({ id: '1' });
    expect(leaves(Closed, row(new Order()))).toEqual({ id: '1' });
  });

  it('an exposed class in an envelope keeps its rules', () => {
    class Envelope {
      @ExposeFor(ANYONE, { type: () => Order }) data!: Order[];
    }
    expect(leaves(Envelope, { data: [new Order(), row(new Order())] })).toEqual({
      data: [{ id: '1' }, { id: '1' }],
    });
  });
});
