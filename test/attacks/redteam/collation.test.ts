import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listQuery } from '../../../lib/integrations/typeorm/list-query.js';
import { ruleBuilder } from '../../../lib/policy/rule.js';
import { Article, openDatabase, Order } from '../../integrations/typeorm/database.js';

let database: DataSource;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.destroy());

/** Compiles a list rule as if the entities were in a database of this type. */
const compile = (type: string, entity: typeof Order | typeof Article, path: string) => {
  const metadata = database.getMetadata(entity);
  const driven = Object.create(database, { options: { value: { ...database.options, type } } }) as DataSource;
  return () => listQuery(driven, metadata, ruleBuilder<never>([path]).owner().node);
};

describe('a list by an owner whose id is text', () => {
  it.each(['mysql', 'mariadb', 'aurora-mysql', 'mssql'])(
    'does not boot on %s without a collation: Alice would be given the rows of alice',
    (type) => {
      expect(compile(type, Order, 'userId')).toThrow('cannot be compared');
      expect(compile(type, Article, 'id')).not.toThrow();
    },
  );

  it.each(['postgres', 'sqljs'])('boots on %s, which tells them apart', (type) => {
    expect(compile(type, Order, 'userId')).not.toThrow();
  });

  it('boots on MySQL with a collation that tells them apart', () => {
    const column = database.getMetadata(Order).findColumnWithPropertyPath('userId')!;
    column.collation = 'utf8mb4_0900_as_cs';
    expect(compile('mysql', Order, 'userId')).not.toThrow();
    column.collation = 'SQL_Latin1_General_CP1_CI_AS';
    expect(compile('mssql', Order, 'userId')).toThrow('cannot be compared');
  });
});
