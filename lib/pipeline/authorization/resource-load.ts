import type { Audience } from '../../core/audience.js';
import type { GuardCall } from '../../core/control.js';
import type { Decision, Denial, MaybePromise } from '../../core/decision.js';
import { errorKind } from '../../core/error-kind.js';
import type { Principal } from '../../core/principal.js';
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

/** The objects of each source, checked, or why the request is refused. */
export type LoadOutcome =
  | { readonly denial: Denial; readonly objects?: undefined }
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

const MALFORMED: LoadOutcome = { denial: Object.freeze<Denial>({ reason: 'access.id' }) };

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
  const settle = (rows: unknown): LoadOutcome => {
    // A list that leaves out what is missing would hand over another object than the one that was asked for.
    if (!Array.isArray(rows) || rows.length !== ids.parsed.length) {
      return { denial: loaderFailure(load.resource, 'the loader gave no entry for each id') };
    }
    const outcome = verdict(load, positions, rows, principal, audience);
    if (outcome.denial) return outcome;
    const unusable = named.filter(({ check }, index) => {
      const row: unknown = places[index] === undefined ? undefined : rows[places[index]];
      return !isObject(row) || !check.admits(row, principal, audience);
    });
    const idsOf = (source: number) => [...new Set(positions[source])].map((place) => ids.parsed[place]);
    return { denial: undefined, objects: outcome.objects, idsOf, unusable };
  };
  if (ids.parsed.length === 0) return settle([]);
  try {
    const rows: unknown = load.lock
      ? load.resource.loader.loadMany(ids.parsed, { mode: 'update', request: raw })
      : load.resource.loader.loadMany(ids.parsed);
    if (typeof (rows as PromiseLike<unknown> | null)?.then !== 'function') return settle(rows);
    return Promise.resolve(rows).then(settle, (error: unknown) => failed(load.resource, error));
  } catch (error) {
    return failed(load.resource, error);
  }
}

/** What the checks say of loaded rows. `positions`: which row stands at each id of each source. */
export function verdict(
  { resource, sources }: ResourceLoad,
  positions: ReadonlyArray<readonly number[]>,
  rows: readonly unknown[],
  principal: Principal,
  audience: Audience,
): Checked {
  for (const place of positions.flat()) {
    if (!isObject(rows[place])) return { denial: { reason: 'access.missing', note: resource.name } };
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

function failed(resource: Resource, error: unknown): LoadOutcome {
  return { denial: loaderFailure(resource, errorKind(error)) };
}
