import type { RequestView } from '../../core/control.js';
import type { IdOrigin, IdPlace } from './resource-check.js';

/** Reads from a request what stands where an id should be. */
export type IdReader = (request: RequestView) => unknown;

/** An id as a request names it, before the loader parses it: text or a number, or the parts of a composite one. */
export type RawId = string | number | Readonly<Record<string, string | number>>;

/** The reader for a declared place. Only properties that the request itself has: none of a prototype. */
export function readerOf(origin: IdOrigin): IdReader {
  if (!('parts' in origin)) return placeReader(origin);
  const parts = Object.entries(origin.parts).map(([id, place]) => [id, placeReader(place)] as const);
  return (request) => Object.fromEntries(parts.map(([id, read]) => [id, read(request)]));
}

function placeReader(origin: IdPlace): IdReader {
  if ('param' in origin) return ({ params }) => own(params, origin.param);
  if ('query' in origin) return ({ query }) => own(query, origin.query);
  if ('body' in origin) return ({ body }) => own(body, origin.body);
  const header = origin.header.toLowerCase();
  return ({ headers }) => own(headers, header);
}

/** The reader for the default place: the path parameters that are named like the id properties. */
export function pathReader(ids: readonly string[]): IdReader {
  if (ids.length === 1) return readerOf({ param: ids[0]! });
  return ({ params }) => params;
}

/**
 * What may be an id, or `undefined`: nothing that a query language could read as an operator ever reaches a loader.
 */
export function rawId(value: unknown, ids: readonly string[]): RawId | undefined {
  if (isPart(value)) return value;
  if (ids.length === 1 || typeof value !== 'object') return undefined;
  const parts: Record<string, string | number> = {};
  for (const id of ids) {
    const part = own(value, id);
    if (!isPart(part)) return undefined;
    parts[id] = part;
  }
  return parts;
}

function isPart(value: unknown): value is string | number {
  return typeof value === 'string' ? value !== '' : Number.isFinite(value);
}

function own(base: unknown, property: string): unknown {
  if (typeof base !== 'object' || base === null || !Object.hasOwn(base, property)) return undefined;
  return (base as Readonly<Record<string, unknown>>)[property];
}
