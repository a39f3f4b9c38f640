import { Controller, Get, Module, Query, type Type } from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { Type as Typed } from 'class-transformer';
import { IsArray, IsDate, IsIn, IsInt, IsOptional, IsString } from 'class-validator';
import {
  ANYONE,
  defineResource,
  ExposeFor,
  Filterable,
  Lists,
  OWNER,
  Page,
  PageQuery,
  Returns,
  Roles,
  SecurityModule,
  Sortable,
  Where,
  type SecurityEvent,
  type SecurityOptions,
} from 'nestjs-gatehouse';
import { fromTypeorm, page, type WhereOf } from 'nestjs-gatehouse/typeorm';
import { Column, DataSource, Entity, PrimaryColumn, Repository } from 'typeorm';
import { issuer } from '../support/tokens.js';

@Entity()
export class Order {
  @ExposeFor(ANYONE) @PrimaryColumn('varchar', { length: 40 }) id!: string;
  @Column('varchar', { length: 40 }) userId!: string;
  @ExposeFor(ANYONE) @Column('varchar', { length: 16 }) status!: string;
  @ExposeFor(OWNER, 'support') @Column('integer') total!: number;
  @ExposeFor('support') @Column('integer') cost!: number;
  @ExposeFor(ANYONE) @Column('datetime') createdAt!: Date;
  @Column('varchar', { length: 80 }) secret!: string;
}

export const OrderResource = defineResource(Order, {
  id: 'id',
  owner: 'userId',
  load: fromTypeorm(),
  can: (r) => ({
    read: r.any(r.owner(), r.role('support'), r.all(r.role('admin'), r.where('status', 'paid'))),
  }),
});

export const STATUSES = ['open', 'paid', 'gone'];

export class OrderQuery extends PageQuery {
  @Filterable() @IsOptional() @IsIn(STATUSES) status?: string;
  @Filterable({ property: 'status', operator: 'in' })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  any?: string[];
  @Filterable({ property: 'total', operator: 'from' }) @IsOptional() @IsInt() minTotal?: number;
  @Filterable() @IsOptional() @IsInt() cost?: number;
  @Filterable({ property: 'createdAt', operator: 'to' })
  @IsOptional()
  @Typed(() => Date)
  @IsDate()
  until?: Date;
  @Filterable({ property: 'id' }) @IsOptional() @IsString() is?: string;
  @Sortable('createdAt', 'total', 'cost', 'status') sort: string = '-createdAt';
}

class RankedQuery extends PageQuery {
  @Sortable('total') sort: string = '-total';
}

@Controller('orders')
export class OrdersController {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  @Get()
  @Lists(Order)
  @Returns(Page.of(Order))
  list(@Where() mine: WhereOf<Order>, @Query() query: OrderQuery): Promise<Page<Order>> {
    return page(this.orders, mine, query);
  }

  @Get('plain')
  @Lists(Order)
  @Returns(Page.of(Order))
  plain(@Where() mine: WhereOf<Order>, @Query() query: PageQuery): Promise<Page<Order>> {
    return page(this.orders, mine, query, { order: { createdAt: 'DESC' }, where: { status: 'paid' } });
  }

  @Get('ranked')
  @Lists(Order)
  @Returns(Page.of(Order))
  ranked(@Where() mine: WhereOf<Order>, @Query() query: RankedQuery): Promise<Page<Order>> {
    return page(this.orders, mine, query);
  }

  @Get('all')
  @Lists(Order)
  @Returns([Order])
  all(@Where() mine: WhereOf<Order>): Promise<Order[]> {
    return this.orders.find({ where: mine });
  }

  @Get('copied')
  @Roles('user')
  @Lists(Order)
  @Returns(Page.of(Order))
  copied(@Where() mine: WhereOf<Order>, @Query() query: PageQuery): Promise<Page<Order>> {
    return page(this.orders, Object.assign({}, mine), query);
  }
}

/** What the database was asked, and what the module logged. */
export interface Seen {
  readonly queries: string[];
  readonly events: SecurityEvent[];
}

/** An application of these controllers over an empty database in memory. */
export function listsModule(
  controllers: Type[],
  seen: Seen,
  options: Partial<SecurityOptions> = {},
  entities: Type[] = [Order],
): Type {
  const logger = {
    logQuery: (query: string) => void seen.queries.push(query),
    logQueryError: () => {},
    logQuerySlow: () => {},
    logSchemaBuild: () => {},
    logMigration: () => {},
    log: () => {},
  };
  @Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'sqljs',
        entities,
        synchronize: true,
        logging: ['query'],
        logger,
        retryAttempts: 1,
      }),
      TypeOrmModule.forFeature(entities),
      SecurityModule.forRoot({
        authentication: issuer.options,
        authorization: {
          roles: { support: ['user'], admin: ['user'], user: [] },
          resources: [OrderResource],
        },
        events: { sink: { write: (event) => void seen.events.push(event) } },
        lists: { secret: 'Qm9vdHMgYW5kIGNhdHMgYW5kIGJvb3RzLg-3f9' },
        ...options,
      }),
    ],
    controllers,
  })
  class AppModule {}
  return AppModule;
}

/** Rows of a few users, many of the same moment. */
export async function fill(source: DataSource, count = 40): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) =>
    Object.assign(new Order(), {
      id: `o${String(n).padStart(3, '0')}`,
      userId: n % 2 === 0 ? 'alice' : 'bob',
      status: STATUSES[n % 3],
      total: n % 5,
      cost: 7000 + n,
      createdAt: new Date(1_790_000_000_000 + (n % 4) * 1000),
      secret: `CANARY-${n}`,
    }),
  );
  await source.getRepository(Order).save(rows);
}
