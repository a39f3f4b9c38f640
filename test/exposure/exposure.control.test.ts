import { SerializeOptions, Sse } from '@nestjs/common';
import { Expose } from 'class-transformer';
import { describe, expect, it } from 'vitest';
import { NOBODY } from '../../lib/core/audience.js';
import { Page } from '../../lib/core/page.js';
import type { RouteDeclaration } from '../../lib/core/route-declaration.js';
import { ExposeFor } from '../../lib/pipeline/output/exposure/expose-for.decorator.js';
import { ExposureControl } from '../../lib/pipeline/output/exposure/exposure.control.js';
import { RawResponse } from '../../lib/pipeline/output/exposure/raw-response.decorator.js';
import { Returns } from '../../lib/pipeline/output/exposure/returns.decorator.js';
import { ANYONE, OWNER } from '../../lib/policy/audiences.js';
import { ROLES } from './support.js';

class Order {
  @ExposeFor(ANYONE) id = '1';
  secret = 's';
}
class Dto {
  @Expose() id = '1';
}
class Nothing {
  secret = 's';
}

class Routes {
  @Returns(Order) one() {}
  @Returns([Order]) list() {}
  @Returns(Page.of(Order)) page() {}
  @Returns(null) nothing() {}
  @Returns(String) text() {}
  @SerializeOptions({ type: Dto }) nest() {}
  @SerializeOptions({ type: Dto, strategy: 'excludeAll' }) nestStrict() {}
  @SerializeOptions({ type: Dto, groups: ['admin'] }) nestGroups() {}
  @SerializeOptions({ strategy: 'excludeAll' }) nestUntyped() {}
  @RawResponse('CSV') raw() {}
  @RawResponse('CSV') @Returns(Order) rawAndTyped() {}
  @Returns(Order) @SerializeOptions({ type: Dto }) twoTypes() {}
  @Returns(Nothing) unexposed() {}
  @Returns(Object) object() {}
  @Sse() @Returns(Order) events() {}
  @Sse() silentEvents() {}
  @Returns(Order, { unchecked: 'the winner is public' }) unchecked() {}
  @Sse() @RawResponse('public ticker') rawEvents() {}
  undeclared(): void {}
}
@SerializeOptions({ type: Dto })
class Controller {
  inherits() {}
  @Returns(Order) own() {}
  @RawResponse('CSV') raw() {}
}

function route(controller: new () => object, methodName: string, handlesResponse = false): RouteDeclaration {
  const handler = (controller.prototype as Record<string, (...args: never[]) => unknown>)[methodName]!;
  return {
    id: `${controller.name}.${methodName}`,
    controller,
    methodName,
    handler,
    addresses: [],
    pathParameters: [],
    parameters: [],
    handlesResponse,
    ofMethod: <T>(key: string | symbol) => Reflect.getMetadata(key, handler) as T | undefined,
    ofController: <T>(key: string | symbol) => Reflect.getMetadata(key, controller) as T | undefined,
  };
}

const control = new ExposureControl({ resource: () => undefined, roles: ROLES });
const compiled = (method: string, controller: new () => object = Routes, handlesResponse = false) => {
  const { section, findings } = control.compile(route(controller, method, handlesResponse));
  return {
    output: control.describe(section).output,
    codes: findings.map(({ code }) => code),
    section,
    findings,
  };
};

describe('ExposureControl', () => {
  it.each([
    ['one', 'Order'],
    ['list', 'Order[]'],
    ['page', 'Page<Order>'],
    ['nothing', 'nothing'],
    ['text', 'String'],
    ['nest', 'Dto'],
    ['nestStrict', 'Dto'],
    ['raw', 'raw: CSV'],
    ['rawEvents', 'raw: public ticker'],
    ['events', 'events: Order'],
    ['unchecked', 'Order, unchecked: the winner is public'],
  ])('%s returns %s', (method, output) => {
    expect(compiled(method)).toMatchObject({ output, codes: [] });
  });

  it('reads @SerializeOptions of the controller, and what is on the method first', () => {
    expect(compiled('inherits', Controller)).toMatchObject({ output: 'Dto', codes: [] });
    expect(compiled('own', Controller)).toMatchObject({ output: 'Order', codes: [] });
    expect(compiled('raw', Controller)).toMatchObject({ output: 'raw: CSV', codes: [] });
  });

  it.each([
    ['undeclared', 'output.undeclared'],
    ['nestUntyped', 'output.undeclared'],
    ['nestGroups', 'output.contradiction'],
    ['rawAndTyped', 'output.contradiction'],
    ['twoTypes', 'output.contradiction'],
    ['unexposed', 'output.unexposed-class'],
    ['object', 'output.unexposed-class'],
    ['silentEvents', 'output.undeclared'],
  ])('%s: %s', (method, code) => {
    const { codes, findings } = compiled(method);
    expect(codes).toEqual([code]);
    expect(findings[0]).toMatchObject({ where: `Routes.${method}` });
    expect(findings[0]!.fix).toMatch(/@|remove|keep/);
  });

  it('demands a reason for @Res() without passthrough', () => {
    expect(compiled('one', Routes, true).codes).toEqual(['output.response-object']);
    expect(compiled('undeclared', Routes, true).codes).toEqual(['output.response-object']);
    expect(compiled('raw', Routes, true).codes).toEqual([]);
  });

  it('stays closed where its findings are waived', () => {
    for (const method of ['undeclared', 'unexposed', 'silentEvents', 'nestUntyped']) {
      expect(compiled(method).section).toEqual({ kind: 'undeclared' });
    }
  });

  it('compiles the serializer, and refuses a class that contradicts itself', () => {
    const { section } = compiled('one');
    expect(section.kind === 'typed' && section.serialize(new Order(), null, NOBODY)).toEqual({ id: '1' });
    class Unowned {
      @ExposeFor(OWNER) total = 1;
    }
    class Bad {
      @Returns(Unowned) get() {}
    }
    expect(() => compiled('get', Bad)).toThrow(/defineResource\(Unowned/);
  });
});
