import { Exclude, Expose, instanceToPlain, Type } from 'class-transformer';
import { ANYONE, ExposeFor } from 'nestjs-gatehouse';
import { SerializerCompiler } from '../../lib/pipeline/output/exposure/serializer.js';
import { compare } from '../harness/compare.js';
import { columns, type Table } from '../report/table.js';
import type { Run } from './run.js';

type AnyClass = new () => object;

const DEPTHS = [1, 2, 3, 4, 5, 6];
const AUDIENCE = { roles: new Set(['user']) };

/** Writing an object whose classes are nested, by depth. */
export async function nestingTable(run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  for (const depth of DEPTHS) {
    run.progress(`growth: classes nested ${depth} deep`);
    const levels = nested(depth, [exposed()], (type) => [exposed(type)]);
    const grouped = nested(depth, [Expose()], (type) => [Expose(), Type(() => type)], Exclude());
    const serialize = new SerializerCompiler({ resource: () => undefined }).compileSerializer(levels.type);
    const { of, ratio } = await compare(
      {
        raw: () => JSON.stringify(levels.value),
        ours: () => JSON.stringify(serialize(levels.value, null, AUDIENCE)),
        transformer: () =>
          JSON.stringify(instanceToPlain(grouped.value, { strategy: 'excludeAll', groups: ['user'] })),
      },
      run.compare,
    );
    rows.push([
      depth,
      of('raw'),
      of('ours'),
      of('transformer'),
      ratio('ours', 'raw'),
      ratio('transformer', 'ours'),
    ]);
  }
  return {
    id: 'growth-nesting',
    title: 'Growth with nested classes',
    note: 'One object whose classes are nested so deep, each with five properties: microseconds of CPU with the `JSON.stringify` that follows.',
    columns: columns(
      'depth:0',
      'JSON.stringify alone:2',
      'gatehouse:2',
      'class-transformer:2',
      'gatehouse ÷ JSON.stringify:2',
      'class-transformer ÷ gatehouse:1',
    ),
    rows,
  };
}

function exposed(type?: AnyClass): PropertyDecorator {
  return (type ? ExposeFor(ANYONE, { type: () => type }) : ExposeFor(ANYONE)) as PropertyDecorator;
}

/** A value whose class holds one that holds one, and so on; the decorators say what of it leaves. */
function nested(
  depth: number,
  plain: readonly PropertyDecorator[],
  holding: (type: AnyClass) => readonly PropertyDecorator[],
  onClass?: (target: AnyClass) => void,
): { type: AnyClass; value: object } {
  class Level {}
  const value: Record<string, unknown> = new Level() as Record<string, unknown>;
  const put = (name: string, content: unknown, decorators: readonly PropertyDecorator[]) => {
    value[name] = content;
    for (const decorate of decorators) decorate(Level.prototype, name);
  };
  put('id', `level-${depth}`, plain);
  put('name', 'one of several levels', plain);
  put('count', depth, plain);
  put('active', true, plain);
  if (depth > 1) {
    const inner = nested(depth - 1, plain, holding, onClass);
    put('inner', inner.value, holding(inner.type));
  }
  onClass?.(Level);
  return { type: Level, value };
}
