import { Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

// `@nestjs/graphql` is no dependency of this project. These write what its decorators write, and nothing else.
const Query = () => SetMetadata('graphql:resolver_type', 'Query');
const ResolveField = () => SetMetadata('graphql:resolve_property', true);
const ResolveReference = () => SetMetadata('graphql:resolve_reference', true);
const Resolver = (type: string) => SetMetadata('graphql:resolver_type', type);

@Injectable()
@Resolver('Order')
class QueriesResolver {
  @Query() orders() {}
}
/** Under `@Resolver('Query')` a field is a query. Nest runs guards for it only where `fieldResolverEnhancers` says so. */
@Injectable()
@Resolver('Query')
class FieldsResolver {
  @ResolveField() orders() {}
}
@Injectable()
@Resolver('Order')
class ReferencesResolver {
  @ResolveReference() resolve() {}
  @ResolveField() __resolveType() {}
}
class HeirResolver extends FieldsResolver {}

describe.each(ADAPTERS)('resolvers on %s', (adapter) => {
  const boot = async (...providers: unknown[]) => {
    const app = await startApp(guardedModule([], {}, providers), adapter);
    await app.close();
  };

  it('nestjs/nest#434, nestjs/graphql#3024, nestjs/graphql#3116: a query does not boot', async () => {
    await expect(boot(QueriesResolver)).rejects.toThrow(/QueriesResolver\.orders {2}\[surface\.resolver\]/);
  });

  it('nestjs/graphql#1188, nestjs/graphql#1340: nor a field, a reference or a type, for which Nest asks no guard', async () => {
    await expect(boot(FieldsResolver)).rejects.toThrow(/FieldsResolver\.orders {2}\[surface\.resolver\]/);
    await expect(boot(HeirResolver)).rejects.toThrow(/HeirResolver\.orders {2}\[surface\.resolver\]/);
    await expect(boot(ReferencesResolver)).rejects.toThrow(
      /found 2 problems[^]*ReferencesResolver\.resolve {2}[^]*ReferencesResolver\.__resolveType {2}/,
    );
  });

  it.each([
    ['a factory', { provide: 'graph', useFactory: () => new FieldsResolver() }],
    ['a value', { provide: 'graph', useValue: new FieldsResolver() }],
    [
      'a factory that is no arrow',
      {
        provide: 'graph',
        inject: [Reflector],
        useFactory: function make() {
          return new FieldsResolver();
        },
      },
    ],
  ])('nor what %s made: Nest finds resolvers by their instances', async (_name, provider) => {
    await expect(boot(provider)).rejects.toThrow(/FieldsResolver\.orders {2}\[surface\.resolver\]/);
  });

  it('is told once, however often it is provided', async () => {
    const alias = { provide: 'alias', useExisting: QueriesResolver };
    await expect(boot(QueriesResolver, alias)).rejects.toThrow(/found 1 problem\b/);
  });

  it('other providers are nothing of the kind', async () => {
    @Injectable()
    class Plain {
      constructor(@Inject('value') readonly value: unknown) {}
      orders() {}
    }
    const values = [null, 'text', Object.create(null), { orders() {} }, new Map()];
    const providers = values.map((useValue, at) => ({
      provide: at === 0 ? 'value' : `value ${at}`,
      useValue,
    }));
    await boot(Plain, ...providers);
  });
});
