import { PrismaPg } from '@prisma/adapter-pg';
import { fromPrisma, page, type PrismaPaged } from 'nestjs-gatehouse/prisma';
import initSqlJs from 'sql.js';
import { prismaClient } from '../../integrations/agreement/prisma/prisma-client.js';
import { sqlJsAdapter } from '../../integrations/agreement/prisma/sql-js-adapter.js';
import { openPool } from '../../integrations/postgres/open-pool.js';
import { emptyPostgres } from '../../support/postgres.js';
import { entrySchema } from './entry-data.js';
import { pagesContract, type PagedClass, type PagedSource } from './pages-contract.js';

class Entry {}
class Seat {}

function classes(client: object): Pick<PagedSource, 'entries' | 'seats' | 'provided' | 'light'> {
  const paged = (entity: new () => object, model: string): PagedClass => ({
    entity,
    factory: fromPrisma(model, { client: 'prisma' }),
    page: (mine, query, options) =>
      page((client as Record<string, PrismaPaged>)[model]!, mine, query, options) as never,
  });
  return {
    entries: paged(Entry, 'entry'),
    seats: paged(Seat, 'seat'),
    provided: client,
    light: { OR: [{ weight: 1 }] },
  };
}

pagesContract(
  'Prisma on SQLite',
  async () => {
    const SQL = await initSqlJs();
    const file = new SQL.Database();
    for (const statement of entrySchema(false, 'text')) file.run(statement);
    const client = prismaClient('sqlite', sqlJsAdapter(file, []));
    return {
      ...classes(client),
      enums: true,
      exactDates: false,
      run: (statement) => Promise.resolve(file.run(statement)),
      date: (at) => `'${new Date(at).toISOString().replace('Z', '+00:00')}'`,
      close: () => client.$disconnect(),
    };
  },
  100,
  false,
);

pagesContract(
  'Prisma on PostgreSQL',
  async () => {
    const server = await emptyPostgres();
    const pool = openPool(server.url, { max: 2 });
    for (const statement of entrySchema(true, '')) await pool.query(statement);
    const client = prismaClient('postgresql', new PrismaPg(pool));
    return {
      ...classes(client),
      enums: true,
      exactDates: true,
      run: (statement) => pool.query(statement),
      date: (at) => `'${new Date(at).toISOString()}'`,
      close: async () => {
        await client.$disconnect();
        await pool.end();
        await server.drop();
      },
    };
  },
  60,
);
