import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { OrderItem } from './order-item.entity.js';
import { Order } from './order.entity.js';
import { seed } from './seed.js';
import { User } from './user.entity.js';

const ENTITIES = [User, Order, OrderItem];

class Seeder implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly password: string,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.dataSource.transaction((manager) => seed(manager, this.password));
  }
}

/** The shop's data: PostgreSQL where there is a URL, else SQLite in memory. Creates its tables and seeds them. */
@Module({})
export class DatabaseModule {
  /** `password` is that of the seeded users; without one nobody can log in. */
  static with(options: { databaseUrl?: string; password?: string }): DynamicModule {
    const password = options.password ?? randomBytes(24).toString('base64url');
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot(connection(options.databaseUrl)), TypeOrmModule.forFeature(ENTITIES)],
      providers: [
        {
          provide: Seeder,
          inject: [DataSource],
          useFactory: (source: DataSource) => new Seeder(source, password),
        },
      ],
      exports: [TypeOrmModule],
    };
  }
}

function connection(databaseUrl: string | undefined): TypeOrmModuleOptions {
  // A demo makes its tables itself; an application with data to lose uses migrations.
  const common = { entities: ENTITIES, synchronize: true, logging: false as const };
  if (databaseUrl) return { ...common, type: 'postgres', url: databaseUrl, retryAttempts: 3 };
  return { ...common, type: 'sqljs', retryAttempts: 1 };
}
