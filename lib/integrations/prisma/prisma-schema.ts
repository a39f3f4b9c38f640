/** A field of a Prisma model, as the schema declares it. */
export interface PrismaField {
  readonly name: string;
  /** `String`, `Int`, the name of an enum or of a model. */
  readonly type: string;
  readonly optional: boolean;
  readonly list: boolean;
  /** What follows the type: `@id @db.Uuid`. */
  readonly attributes: string;
}

/** A Prisma model: its fields, and the sets of fields that no two rows share. */
export interface PrismaModel {
  readonly name: string;
  readonly fields: ReadonlyMap<string, PrismaField>;
  readonly keys: ReadonlyArray<readonly string[]>;
}

/** What is read from a Prisma schema. */
export interface PrismaSchema {
  readonly models: ReadonlyMap<string, PrismaModel>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

const BLOCK = /^(model|view|enum)\s+(\w+)\s*\{$/;
const FIELD = /^(\w+)\s+(\w+)(\?|\[\])?(?:\s+(.*))?$/;
const KEY = /^@@(?:id|unique)\(\s*(?:fields:\s*)?\[([^\]]*)\]/;

/**
 * Reads models and enums of a Prisma schema. The client keeps the text of its schema; its own data model says neither what is
 * a list nor what may be null.
 */
export function readPrismaSchema(text: string): PrismaSchema {
  const models = new Map<string, PrismaModel>();
  const enums = new Map<string, readonly string[]>();
  let lines: string[] | undefined;
  let kind = '';
  let name = '';
  for (const raw of text.split('\n')) {
    const line = withoutComment(raw).trim();
    const opens = BLOCK.exec(line);
    if (opens) [lines, kind, name] = [[], opens[1]!, opens[2]!];
    else if (line === '}' && lines) {
      if (kind === 'enum')
        enums.set(
          name,
          lines.flatMap((one) => /^\w+/.exec(one)?.[0] ?? []),
        );
      else models.set(name, modelOf(name, lines));
      lines = undefined;
    } else if (line !== '') lines?.push(line);
  }
  return { models, enums };
}

function modelOf(name: string, lines: readonly string[]): PrismaModel {
  const fields = new Map<string, PrismaField>();
  const keys: Array<readonly string[]> = [];
  for (const line of lines) {
    const key = KEY.exec(line);
    if (key) keys.push(key[1]!.split(',').map((field) => field.trim().replace(/\(.*$/, '')));
    const field = FIELD.exec(line);
    if (!field) continue;
    const [, own, type, mark, attributes = ''] = field;
    fields.set(own!, { name: own!, type: type!, optional: mark === '?', list: mark === '[]', attributes });
    if (/@(?:id|unique)\b/.test(attributes)) keys.push([own!]);
  }
  return { name, fields, keys };
}

// `//` may also be part of a default: `@default("https://…")`.
function withoutComment(line: string): string {
  return line.replace(/("(?:[^"\\]|\\.)*")|\/\/.*$/g, (_all, quoted: string | undefined) => quoted ?? '');
}
