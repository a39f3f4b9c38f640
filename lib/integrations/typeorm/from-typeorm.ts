import type { Type } from '@nestjs/common';
import { DataSource, type EntityMetadata, type FindOptionsWhere } from 'typeorm';
import { SecurityConfigError } from '../../core/config-error.js';
import { checkOptions } from '../../core/options.js';
import { requestTransactions } from '../../core/request-transaction.js';
import { providedBy, type LoaderFactory, type ResourceContext } from '../../core/resource-loader.js';
import { joinedProperties, type Join } from '../../policy/joined-properties.js';
import type { RuleNode } from '../../policy/rule.js';
import { listQuery } from './list-query.js';
import { relationAt } from './entity-path.js';
import { narrowed, rowsOf } from './guarded-rows.js';
import { pagesOf } from './listing-columns.js';
import { typeormLoader, type RequestTransaction } from './typeorm-loader.js';

/**
 * The condition that `@Where()` hands to a handler. Give it to {@link page} or `find` as it is; do not spread a client's filter over it, which
 * would replace the conditions of the same name.
 *
 * @example
 * ```ts
 * list(@Where() mine: WhereOf<Order>, @Query() query: PageQuery) { return page(this.orders, mine, query); }
 * ```
 */
export type WhereOf<T> = FindOptionsWhere<T> | FindOptionsWhere<T>[];

/** Options of {@link fromTypeorm}. */
export interface FromTypeormOptions {
  /** The injection token of the DataSource: `getDataSourceToken('orders')`. Default: the unnamed one. */
  readonly dataSource?: Type<DataSource> | string | symbol;
  /** The injection token of the {@link RequestTransaction}, for `lock: 'update'`. */
  readonly transaction?: Type<RequestTransaction> | string | symbol;
}

/**
 * Loads a resource through TypeORM and lists it by its rules. Ids are parsed by the type of their columns, many are loaded in one
 * query, and the relations that the rules read come with them. The DataSource is found when the application boots.
 *
 * @throws {SecurityConfigError} `resource.invalid` at boot, where the DataSource, the id or a rule does not fit the entity; `option.unknown` for an option that there is not
 * @example
 * ```ts
 * defineResource(Order, { id: 'id', owner: 'userId', load: fromTypeorm(), can: (r) => ({ read: r.owner() }) });
 * ```
 */
export function fromTypeorm<T extends object>(options: FromTypeormOptions = {}): LoaderFactory<T> {
  checkOptions('fromTypeorm(…)', options, ['dataSource', 'transaction']);
  const token = options.dataSource ?? DataSource;
  return {
    create(context) {
      const [dataSource, metadata] = connect(context, token);
      const transactions = requestTransactions(context, options.transaction);
      return typeormLoader<T>(dataSource, metadata, context.ids, context.paths, transactions);
    },
    query(context, rule) {
      const [dataSource, metadata] = connect(context, token);
      return listQuery(dataSource, metadata, rule as RuleNode);
    },
    narrow({ ids }) {
      return (conditions, objects) => narrowed(conditions, rowsOf(objects, ids));
    },
    columnsOf(context, property) {
      const [, metadata] = connect(context, token);
      return joinedProperties(property, joinsOf(metadata));
    },
    tableAt(context, path) {
      const [dataSource, metadata] = connect(context, token);
      const holder = path.length === 0 ? metadata : relationAt(metadata, path)?.inverseEntityMetadata;
      // The first class of a table stands for it.
      return holder && dataSource.entityMetadatas.find(({ tablePath }) => tablePath === holder.tablePath);
    },
    subclassesOf(context) {
      const [, metadata] = connect(context, token);
      return metadata.childEntityMetadatas.flatMap(({ target, tablePath }) =>
        typeof target === 'function' && tablePath === metadata.tablePath ? [target as Type<object>] : [],
      );
    },
    checkListing(context, filters, sorts) {
      const [dataSource, metadata] = connect(context, token);
      pagesOf(dataSource, metadata).check(filters, sorts, context.ids);
    },
  };
}

function joinsOf(metadata: EntityMetadata): readonly Join[] {
  return metadata.relations
    .filter(({ isManyToMany }) => !isManyToMany)
    .map((relation) => {
      // Without columns of its own it is joined by what the columns of the other side refer to.
      const joined = relation.isOwning
        ? relation.joinColumns
        : (relation.inverseRelation?.joinColumns ?? []).flatMap((column) => column.referencedColumn ?? []);
      const columns = joined.map(({ propertyName }) => propertyName);
      return { name: relation.propertyPath, columns, owning: relation.isOwning };
    });
}

type Token = NonNullable<FromTypeormOptions['dataSource']>;

function connect(context: ResourceContext, token: Token): readonly [DataSource, EntityMetadata] {
  const { entity } = context;
  const wrong = (problem: string, fix: string) =>
    new SecurityConfigError('resource.invalid', `${entity.name}.load`, problem, fix);
  const dataSource = providedBy(context.resolve, token);
  if (!dataSource) {
    throw wrong(
      'finds no DataSource',
      "import TypeOrmModule.forRoot(…), or name yours: fromTypeorm({ dataSource: getDataSourceToken('orders') })",
    );
  }
  if (dataSource.options.type === 'mongodb') {
    throw wrong('is on MongoDB, whose conditions fromTypeorm() does not speak', 'write an injectable loader');
  }
  if (!dataSource.isInitialized) {
    throw wrong('finds a DataSource that is not initialized', 'initialize it before the application starts');
  }
  if (!dataSource.hasMetadata(entity)) {
    throw wrong('finds a DataSource that does not know the class', `add ${entity.name} to its entities`);
  }
  return [dataSource, dataSource.getMetadata(entity)];
}
