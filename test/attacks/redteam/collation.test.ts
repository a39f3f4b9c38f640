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

  it.each([
    ['mysql', 'utf8mb4_0900_bin', true],
    ['mariadb', 'utf8mb4_nopad_bin', true],
    // Tells cases apart, but ignores code points without weight, and takes the two spellings of é for one.
    ['mysql', 'utf8mb4_0900_as_cs', false],
    // Ignores spaces at the end.
    ['mysql', 'utf8mb4_bin', false],
    ['mssql', 'SQL_Latin1_General_CP1_CI_AS', false],
    // Ignores spaces at the end, as all of SQL Server's do.
    ['mssql', 'Latin1_General_BIN2', false],
    ['postgres', 'C', true],
    ['postgres', 'de-x-icu', true],
    ['postgres', 'case_insensitive', false],
    ['sqljs', 'NOCASE', false],
    ['sqljs', 'RTRIM', false],
    ['sqljs', 'BINARY', true],
    ['oracle', 'BINARY', false],
  ])('on %s with the collation %s: %s', (type, collation, boots) => {
    const column = database.getMetadata(Order).findColumnWithPropertyPath('userId')!;
    const before = column.collation;
    column.collation = collation;
    const compiling = compile(type, Order, 'userId');
    if (boots) expect(compiling).not.toThrow();
    else expect(compiling).toThrow('cannot be compared');
    column.collation = before;
  });

  it.each(['mysql', 'postgres'])('does not boot on %s where the column is padded with spaces', (type) => {
    const column = database.getMetadata(Order).findColumnWithPropertyPath('userId')!;
    const before = column.type;
    column.type = 'char';
    expect(compile(type, Order, 'userId')).toThrow('cannot be compared');
    column.type = before;
  });
});
