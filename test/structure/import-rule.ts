import { posix } from 'node:path';

// From the ground up: a folder may import from itself and from what stands before it.
const STOREYS = [
  'core',
  'policy',
  'kit',
  'pipeline',
  'accounts',
  'uploads',
  'posture',
  'integrations',
  'testing',
  'cli',
];
const ROOMS = ['edge', 'limits', 'authentication', 'authorization', 'lists', 'input', 'output'];

/** The storey and, in the pipeline, the room of a file below `lib/`. Files of `lib/` itself are the roof. */
function placeOf(path: string): { storey: number; room: string | undefined } {
  const [, folder, room] = path.split('/');
  const storey = STOREYS.indexOf(folder!);
  if (storey === -1) return { storey: STOREYS.length, room: undefined };
  return { storey, room: folder === 'pipeline' && ROOMS.includes(room!) ? room : undefined };
}

/** Every import of a source that goes up, or from one room of the pipeline into another. */
export function brokenImports(path: string, text: string): string[] {
  const from = placeOf(path);
  const specifiers = [
    ...text.matchAll(
      /^\s*(?:import|export)\b[^'"]*?from\s+['"](\.[^'"]+)['"]|import\(['"](\.[^'"]+)['"]\)/gms,
    ),
  ];
  return specifiers.flatMap((match) => {
    const specifier = match[1] ?? match[2]!;
    const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
    const to = placeOf(target);
    const intoAnotherRoom = from.storey === to.storey && from.room !== undefined && from.room !== to.room;
    // pipeline.ts and the guard stand over the rooms of their own storey.
    return to.storey > from.storey || intoAnotherRoom ? [`${path} imports ${target}`] : [];
  });
}
