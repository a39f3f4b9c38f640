import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXPLAINER, type Explainer } from '../posture/explainer.js';
import { WrongUse } from './wrong-use.js';

/** An application that does not listen. */
export interface LoadedApplication {
  readonly explainer: Explainer;
  close(): Promise<void>;
}

interface Context {
  get<T>(token: symbol, options: { strict: boolean }): T;
  init(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Makes an application from what a file exports, `dist/app.module.js#AppModule`: a module class, or a function that returns a module or an
 * application. Its providers are made and its start hooks run; nothing listens.
 *
 * @throws {WrongUse} where the file exports no such thing
 */
export async function loadApplication(where: string): Promise<LoadedApplication> {
  const [path = '', name] = where.split('#');
  const exported = (await import(pathToFileURL(resolve(path)).href)) as Readonly<Record<string, unknown>>;
  const value = name === undefined ? onlyOne(exported) : exported[name];
  if (typeof value !== 'function') {
    throw new WrongUse(
      `--app names ${name === undefined ? 'a file of several exports' : 'an export that is not there'}: write --app ${path}#${functionsOf(exported)[0] ?? 'AppModule'}`,
    );
  }
  const made: unknown = isClass(value) ? value : await (value as () => unknown)();
  const context = isContext(made) ? made : await contextOf(made);
  if (isContext(made)) await made.init();
  try {
    return { explainer: context.get(EXPLAINER, { strict: false }), close: () => context.close() };
  } catch {
    await context.close();
    throw new WrongUse('--app names an application without SecurityModule');
  }
}

async function contextOf(module: unknown): Promise<Context> {
  const { NestFactory } = await import('@nestjs/core');
  return NestFactory.createApplicationContext(module as never, { logger: false, abortOnError: false });
}

function functionsOf(exported: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(exported).filter((key) => typeof exported[key] === 'function');
}

function onlyOne(exported: Readonly<Record<string, unknown>>): unknown {
  const functions = functionsOf(exported);
  return exported['default'] ?? (functions.length === 1 ? exported[functions[0]!] : undefined);
}

function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function isContext(value: unknown): value is Context {
  const candidate = value as Partial<Context> | null | undefined;
  return typeof candidate?.init === 'function' && typeof candidate.close === 'function';
}
