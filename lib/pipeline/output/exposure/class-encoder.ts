import type { AnyClass } from './class-transformer-metadata.js';
import type { ClassShapes } from './class-shapes.js';
import type { Encode, Walk } from './encoder.js';
import { classOf, prototypeOf } from './lineage.js';
import { REDACTED, type ReadCheck } from './read-check.js';
import type { Owns } from './readable-resource.js';
import { kindOf, refuse } from './refusal.js';
import { writeShape } from './shape.js';

/** What is compiled of a class for one audience. */
export interface ClassPlan {
  readonly type: AnyClass;
  /** `undefined` where it is a part: the object around it decides. */
  readonly owns: Owns | undefined;
  /** Whether an object may leave at all; `undefined` where it is for what holds it to say, or it is no resource. */
  readonly read: ReadCheck | undefined;
  /** Whether an object of the class can hold one of its kind, by whatever way. */
  readonly recursive: boolean;
  /** Called at the first value: a class may hold itself. */
  readonly shapes: () => ClassShapes;
  /** For instances of another class. `undefined`: it says nothing of its own. */
  readonly restricted: (actual: AnyClass) => ActualRules | undefined;
}

/** What holds for an object: what leaves of it, and whose it is. */
export interface ActualRules {
  readonly shapes: ClassShapes;
  readonly owns: Owns | undefined;
  readonly read: ReadCheck | undefined;
}

/** How deep self-referring objects may stand in one another before they are taken for endless. */
const MAX_DEPTH = 64;

/**
 * Writes one object by the rules of its declared class. Instances and plain rows are read alike; an instance of another class
 * is read by the rules of both. Never changes the object.
 *
 * @throws {SecurityDenial} `output.undeclared` for anything but one object, and for a cycle.
 */
export function classEncoder(plan: ClassPlan): Encode {
  const { type, recursive } = plan;
  const prototype = prototypeOf(type);
  const others = new WeakMap<AnyClass, ActualRules>();
  let own: ActualRules | undefined;

  const rulesFor = (object: object): ActualRules => {
    own ??= { shapes: plan.shapes(), owns: plan.owns, read: plan.read };
    const actual: unknown = Object.getPrototypeOf(object);
    if (actual === prototype || actual === Object.prototype || actual === null) return own;
    if (isNoRecord(object)) return refuse(type.name, `is ${kindOf(object)}, where one object is declared`);
    const cls = classOf(actual as object);
    if (cls === undefined || cls === type) return own;
    let rules = others.get(cls);
    if (!rules) others.set(cls, (rules = plan.restricted(cls) ?? own));
    return rules;
  };

  const write = (object: object, walk: Walk, owned: boolean): unknown => {
    const { shapes, owns, read } = rulesFor(object);
    if (read !== undefined && !read(object, walk)) return REDACTED;
    const mine = owns ? walk.principal !== null && owns(object, walk.principal) : owned;
    return writeShape(mine ? shapes.owner : shapes.others, object, walk, mine);
  };

  return (value, walk, owned) => {
    if (value === undefined || value === null) return value;
    if (typeof value !== 'object')
      return refuse(type.name, `is ${kindOf(value)}, where one object is declared`);
    if (!recursive) return write(value, walk, owned);
    const { ancestors } = walk;
    if (ancestors.includes(value))
      return refuse(type.name, 'holds itself: end the cycle before returning it');
    if (ancestors.length === MAX_DEPTH) return refuse(type.name, `nests deeper than ${MAX_DEPTH} objects`);
    ancestors.push(value);
    const out = write(value, walk, owned);
    ancestors.pop();
    return out;
  };
}

/** Arrays, Dates, Maps, Promises, buffers, streams and files are no records, whatever a class may say. */
function isNoRecord(object: object): boolean {
  if (Object.prototype.toString.call(object) !== '[object Object]') return true;
  const { then, pipe, getStream } = object as Record<string, unknown>;
  return (
    [then, pipe, getStream].some((member) => typeof member === 'function') || Symbol.asyncIterator in object
  );
}
