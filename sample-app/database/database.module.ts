import { Module, type DynamicModule, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { PasswordHasher } from 'nestjs-gatehouse';
import { DataSource } from 'typeorm';
import { AccountMember } from './account-member.entity.js';
import { Account } from './account.entity.js';
import { ApiKey } from './api-key.entity.js';
import { OrderItem } from './order-item.entity.js';
import { Order } from './order.entity.js';
import { seed } from './seed.js';
import { User } from './user.entity.js';

const ENTITIES = [User, Account, AccountMember, Order, OrderItem, ApiKey];

class Seeder implements OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly passwords: PasswordHasher,
    private readonly password: string | undefined,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.dataSource.transaction((manager) => seed(manager, this.passwords, this.password));
  }
}

/** The shop's data: PostgreSQL where there is a URL, else SQLite in memory. Creates its tables and seeds them. */
@Module({})
export class DatabaseModule {
  /** `password` is that of the seeded users; without one none of them can log in. */
  static with(options: { databaseUrl?: string; password?: string }): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot(connection(options.databaseUrl)), TypeOrmModule.forFeature(ENTITIES)],
      providers: [
        {
          provide: Seeder,
          inject: [DataSource, PasswordHasher],
          useFactory: (source: DataSource, passwords: PasswordHasher) =>
            new Seeder(source, passwords, options.password),
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
