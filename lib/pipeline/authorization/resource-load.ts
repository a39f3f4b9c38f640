import type { Audience } from '../../core/audience.js';
import type { GuardCall } from '../../core/control.js';
import type { Decision, Denial, MaybePromise } from '../../core/decision.js';
import { errorKind } from '../../core/error-kind.js';
import type { Principal } from '../../core/principal.js';
import type { LoadLock } from '../../core/resource-loader.js';
import type { Resource } from '../../policy/compiled-resource.js';
import { IdBatch, MAX_IDS } from './id-batch.js';
import type { IdReader } from './id-reader.js';
import { checkObjects, heavier, isUnseen, type ObjectCheck } from './object-check.js';
import { loaderFailure } from './loader-failure.js';

/** One place of a request that names objects, and what is asked of them. */
export interface ObjectSource {
  readonly read: IdReader;
  /** Whether the place holds a list of ids. */
  readonly many: boolean;
  /** Whether the handler may take the objects. */
  readonly kept: boolean;
  readonly checks: readonly ObjectCheck[];
}

/** All that one route loads of one resource, in one call of its loader. */
export interface ResourceLoad {
  readonly resource: Resource;
  readonly sources: readonly ObjectSource[];
  /** Whether the rows are locked until the request's transaction ends. */
  readonly lock: boolean;
}

/** An object that a property of the body names. */
export interface NamedObject {
  readonly resource: Resource;
  readonly check: ObjectCheck;
  /** RFC 6901. */
  readonly pointer: string;
  readonly value: unknown;
}

interface Refused {
  readonly denial: Denial;
  readonly objects?: undefined;
  readonly object?: undefined;
}

/** One object, or why a request that names it is refused. */
export type LoadedObject = Refused | { readonly denial: undefined; readonly object: object };

/** The objects of each source, checked, or why the request is refused. */
export type LoadOutcome =
  | Refused
  | {
      readonly denial: undefined;
      readonly objects: ReadonlyArray<readonly object[]>;
      /** The parsed ids of each source, each once. */
      readonly idsOf: (source: number) => readonly unknown[];
      /** What the body names, and the caller may not use: it is missing, another's, or no id. */
      readonly unusable: readonly NamedObject[];
    };

type Checked =
  | { readonly denial: Denial }
  | { readonly denial: undefined; readonly objects: ReadonlyArray<readonly object[]> };

const MALFORMED: Refused = { denial: Object.freeze<Denial>({ reason: 'access.id' }) };

/** Loads what a request names of one resource, each object once, and checks it. */
export function loadAndCheck(
  load: ResourceLoad,
  named: readonly NamedObject[],
  { request, raw }: Pick<GuardCall, 'request' | 'raw'>,
  principal: Principal,
  audience: Audience,
): MaybePromise<LoadOutcome> {
  const ids = new IdBatch();
  const positions: number[][] = [];
  for (let i = 0; i < load.sources.length; i++) {
    const source = load.sources[i]!;
    const found = source.many ? listIn(source.read(request)) : [source.read(request)];
    if (!found) return MALFORMED;
    const places: number[] = [];
    for (const value of found) {
      const place = ids.place(value, load.resource);
      if (place === undefined) return MALFORMED;
      places.push(place);
    }
    positions.push(places);
  }
  const places = named.map(({ value }) => ids.place(value, load.resource));
  const settle = (rows: readonly unknown[]): LoadOutcome => {
    const outcome = verdict(load, positions, rows, principal, audience);
    if (outcome.denial) return outcome;
    const unusable = named.filter(({ check }, index) => {
      const row: unknown = places[index] === undefined ? undefined : rows[places[index]];
      return !isObject(row) || !check.admits(row, principal, audience);
    });
    const idsOf = (source: number) => [...new Set(positions[source])].map((place) => ids.parsed[place]);
    return { denial: undefined, objects: outcome.objects, idsOf, unusable };
  };
  const lock: LoadLock | undefined = load.lock ? { mode: 'update', request: raw } : undefined;
  return ids.parsed.length === 0 ? settle([]) : loadRows(load.resource, ids.parsed, lock, settle);
}

/** Loads one object by its id outside of a request, unlocked, or says why a request that names it is refused. */
export function loadOne(resource: Resource, id: unknown): MaybePromise<LoadedObject> {
  const ids = new IdBatch();
  if (ids.place(id, resource) === undefined) return MALFORMED;
  return loadRows<LoadedObject>(resource, ids.parsed, undefined, ([row]) =>
    isObject(row) ? { denial: undefined, object: row } : { denial: missing(resource) },
  );
}

/** Asks the loader once. A promise is made only where it made one. */
function loadRows<Outcome>(
  resource: Resource,
  ids: readonly unknown[],
  lock: LoadLock | undefined,
  settle: (rows: readonly unknown[]) => Outcome,
): MaybePromise<Outcome | Refused> {
  const whole = (rows: unknown): Outcome | Refused =>
    // A list that leaves out what is missing would hand over another object than the one that was asked for.
    Array.isArray(rows) && rows.length === ids.length
      ? settle(rows)
      : { denial: loaderFailure(resource, 'the loader gave no entry for each id') };
  const failed = (error: unknown): Refused => ({ denial: loaderFailure(resource, errorKind(error)) });
  try {
    const rows: unknown = lock ? resource.loader.loadMany(ids, lock) : resource.loader.loadMany(ids);
    if (typeof (rows as PromiseLike<unknown> | null)?.then !== 'function') return whole(rows);
    return Promise.resolve(rows).then(whole, failed);
  } catch (error) {
    return failed(error);
  }
}

/** What the checks say of loaded rows. `positions`: which row stands at each id of each source. */
function verdict(
  { resource, sources }: ResourceLoad,
  positions: ReadonlyArray<readonly number[]>,
  rows: readonly unknown[],
  principal: Principal,
  audience: Audience,
): Checked {
  for (const place of positions.flat()) {
    if (!isObject(rows[place])) return { denial: missing(resource) };
  }
  const objects: Array<readonly object[]> = [];
  let refused: Decision;
  for (let index = 0; index < sources.length; index++) {
    const found = positions[index]!.map((place) => rows[place] as object);
    // Two spellings of one id are one object.
    const distinct = found.length === 1 ? found : [...new Set(found)];
    objects.push(distinct);
    const denial = checkObjects(distinct, sources[index]!.checks, resource, principal, audience);
    if (denial && isUnseen(denial)) return { denial };
    refused = heavier(refused, denial);
  }
  return refused ? { denial: refused } : { denial: undefined, objects };
}

function isObject(row: unknown): row is object {
  return typeof row === 'object' && row !== null;
}

function listIn(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_IDS ? value : undefined;
}

function missing({ name }: Resource): Denial {
  return { reason: 'access.missing', note: name };
}
