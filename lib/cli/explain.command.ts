import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nearest } from '../core/options.js';
import type { Principal } from '../core/principal.js';
import { inProduction } from '../core/production.js';
import type { Explainer } from '../posture/explainer.js';
import { explainedText } from './explained-text.js';
import { loadApplication } from './load-application.js';
import { WrongUse } from './wrong-use.js';

const text = { type: 'string' } as const;
const switched = { type: 'boolean' } as const;
const OPTIONS = {
  app: text,
  as: text,
  roles: text,
  scopes: text,
  tenant: text,
  object: text,
  values: switched,
  json: switched,
  production: switched,
} as const;

/**
 * Explains one route of an application.
 *
 * @throws {WrongUse} for arguments that it does not know, and under `NODE_ENV=production` without `--production`
 */
export async function explainCommand(args: readonly string[]): Promise<string> {
  const { name, values } = read(args);
  if (inProduction() && !values.production) {
    throw new WrongUse('explain starts the application and reads its data; in production say --production');
  }
  if (!values.app) throw new WrongUse('--app is missing: dist/app.module.js#AppModule');
  refuseUnread(values);
  const principal = values.as === undefined ? undefined : principalOf(values.as, values);
  const { explainer, close } = await loadApplication(values.app);
  try {
    if (values.roles !== undefined) checkRoles(principal!.roles, explainer.roles());
    const asked = {
      ...(principal && { principal }),
      ...(values.object !== undefined && { object: objectId(values.object) }),
      values: values.values === true,
    };
    const explanation = await explainer.explain(name, asked).catch(wrongObject);
    if (!explanation) {
      const addresses = explainer.addresses();
      const near = nearest(name, addresses);
      throw new WrongUse(
        `there is no such route. ${near ? `Did you mean '${near}'?` : `The routes are:\n  ${addresses.join('\n  ')}`}`,
      );
    }
    if (explanation.decisions?.length === 0) {
      throw new WrongUse(
        `--object says nothing here: the route neither loads nor lists one. Those that do are:\n  ${explainer.addresses({ loading: true }).join('\n  ')}`,
      );
    }
    return values.json ? JSON.stringify(explanation, unwritable, 2) : explainedText(explanation);
  } finally {
    await close();
  }
}

// By its name: the explainer may be that of another copy of this package.
function wrongObject(error: Error): never {
  throw error.name === 'UnknownResource' ? new WrongUse(`--${error.message}`) : error;
}

// An option that nobody reads would explain something else than what was asked.
function refuseUnread(values: Values): void {
  for (const option of ['object', 'roles', 'scopes', 'tenant'] as const) {
    if (values[option] !== undefined && values.as === undefined) throw new WrongUse(`--${option} needs --as`);
  }
  if (values['values'] === true && values.object === undefined) throw new WrongUse('--values needs --object');
}

/** Of `--roles`. In a file there may be others: those of a token, which add nothing. */
function checkRoles(given: readonly string[], known: ReturnType<Explainer['roles']>): void {
  const unknown = given.find((role) => !known.includes(role));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new WrongUse(
    `--roles names one that the application does not have. ${near ? `Did you mean '${near}'?` : `Its roles are: ${known.join(', ')}`}`,
  );
}

type Values = { -readonly [K in keyof typeof OPTIONS]?: string | boolean } & {
  app?: string;
  as?: string;
  roles?: string;
  scopes?: string;
  tenant?: string;
  object?: string;
};

function read(args: readonly string[]): { name: string; values: Values } {
  let parsed: { positionals: string[]; values: Values };
  try {
    parsed = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new WrongUse((error as Error).message);
  }
  const [name, ...more] = parsed.positionals;
  if (name === undefined || more.length > 0) {
    throw new WrongUse("explain takes one route, in quotes: 'PATCH /orders/:id', or OrdersController.patch");
  }
  return { name, values: parsed.values };
}

function principalOf(as: string, { roles, scopes, tenant }: Values): Principal {
  const given = as.endsWith('.json') ? fromFile(as) : { id: as };
  const listed = (list: string | undefined, otherwise: readonly string[] = []) =>
    list === undefined ? otherwise : list.split(',').filter((word) => word !== '');
  if (typeof given.id !== 'string' || given.id === '') {
    throw new WrongUse('--as names nobody: write an id, or a JSON file that has one');
  }
  const of = tenant ?? given.tenant;
  return Object.freeze({
    id: given.id,
    roles: listed(roles, given.roles) as Principal['roles'],
    scopes: listed(scopes, given.scopes),
    ...(of !== undefined && { tenant: of }),
    claims: given.claims ?? {},
    method: 'jwt',
    authenticatedAt: Math.floor(Date.now() / 1000),
  });
}

function fromFile(path: string): Partial<Principal> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<Principal>;
  } catch {
    throw new WrongUse('--as names a file that is not there, or that is no JSON');
  }
}

/** A composite id is JSON: `{"row":1,"letter":"A"}`. */
function objectId(given: string): unknown {
  if (!given.startsWith('{')) return given;
  try {
    return JSON.parse(given) as unknown;
  } catch {
    throw new WrongUse('--object is neither an id nor JSON');
  }
}

function unwritable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
