import { accessOf } from '../../../core/access.js';
import type { Compiled, Control } from '../../../core/control.js';
import type { Finding } from '../../../core/finding.js';
import { nearestOf } from '../../../core/route-declaration.js';
import type { RouteDeclaration } from '../../../core/route-declaration.js';
import type { AnyClass } from './class-transformer-metadata.js';
import { RAW_RESPONSE } from './raw-response.decorator.js';
import { RETURNS, isReturnedType, nameOfType } from './returns.decorator.js';
import type { ReturnsDeclaration } from './returns.decorator.js';
import { SerializerCompiler, classIn, exposesAnything } from './serializer.js';
import type { ExposureContext, Serializer } from './serializer.js';

/** What leaves of a route: filtered by a class, raw bytes with a reason, or nothing, because nothing usable is declared. */
export type ExposureSection =
  | {
      /** `events`: each event of a stream; else the answer. */
      readonly kind: 'typed' | 'events';
      readonly type: string;
      /** The class whose properties leave; `null` for an empty body. */
      readonly exposes: AnyClass | null;
      readonly serialize: Serializer;
      /** Why the second line does not look at it. */
      readonly unchecked?: string;
    }
  | { readonly kind: 'raw'; readonly reason: string }
  | { readonly kind: 'undeclared' };

declare module '../../../core/route-plan.js' {
  interface RoutePlanSections {
    output: ExposureSection;
  }
}

// What Nest's own decorators write: `@SerializeOptions()` and `@Sse()`. The same on 11 and 12.
const SERIALIZE_OPTIONS = 'class_serializer:options';
const SSE = '__sse__';

const FIX =
  'write @Returns(Order), @Returns([Order]), @Returns(Page.of(Order)) or, for an empty body, @Returns(null)';

/**
 * Compiles what leaves of each route (OWASP API3), and demands that it is declared.
 *
 * @example
 * ```ts
 * new ExposureControl({ resource: (entity) => resources.of(entity), roles: hierarchy.names });
 * ```
 */
export class ExposureControl implements Control<'output'> {
  readonly name = 'output';
  private readonly compiler: SerializerCompiler;

  constructor(context: ExposureContext) {
    this.compiler = new SerializerCompiler(context);
  }

  /**
   * @throws {SecurityConfigError} `exposure.invalid` where the returned class contradicts itself.
   */
  compile(route: RouteDeclaration): Compiled<ExposureSection> {
    const findings: Finding[] = [];
    const find = (code: Finding['code'], message: string, fix: string) =>
      findings.push({ code, where: route.id, message, fix });

    const reason = route.ofMethod<string>(RAW_RESPONSE);
    if (reason !== undefined) {
      const typed = route.ofMethod(RETURNS) ?? route.ofMethod<{ type?: unknown }>(SERIALIZE_OPTIONS)?.type;
      if (typed !== undefined) {
        find(
          'output.contradiction',
          '@RawResponse and a returned type exclude one another.',
          'remove one of them',
        );
      }
      return { section: { kind: 'raw', reason }, findings };
    }
    if (route.handlesResponse) {
      find(
        'output.response-object',
        '@Res() hands the response to the handler, past every exposure rule.',
        "return the value, use @Res({ passthrough: true }), or write @RawResponse('why')",
      );
    }
    const returned = returnedType(route, find);
    const events = route.ofMethod(SSE) !== undefined;
    if (returned !== undefined) {
      return this.typed(route, returned, events ? 'events' : 'typed', findings, find);
    } else if (events) {
      find(
        'output.undeclared',
        'it streams events and does not say what they hold.',
        "write @Returns(OrderEvent) for the data of its events, or @RawResponse('what the events hold, and for whom')",
      );
    } else if (findings.length === 0) {
      find(
        'output.undeclared',
        'it does not say what it returns.',
        `${FIX}; for a stream @RawResponse('why')`,
      );
    }
    return { section: { kind: 'undeclared' }, findings };
  }

  describe(section: ExposureSection): Readonly<Record<string, string>> {
    if (section.kind === 'typed' || section.kind === 'events') {
      const { kind, type, unchecked } = section;
      const what = kind === 'events' ? `events: ${type}` : type;
      return { output: unchecked === undefined ? what : `${what}, unchecked: ${unchecked}` };
    }
    return { output: section.kind === 'raw' ? `raw: ${section.reason}` : 'refused: undeclared' };
  }

  private typed(
    route: RouteDeclaration,
    { type, unchecked }: ReturnsDeclaration,
    kind: 'typed' | 'events',
    findings: Finding[],
    find: Find,
  ): Compiled<ExposureSection> {
    const name = nameOfType(type);
    if (!exposesAnything(type)) {
      find(
        'output.unexposed-class',
        `${name} has no property that may leave.`,
        'put @ExposeFor(…) on its properties, or write @Returns(null) for an empty body',
      );
      return { section: { kind: 'undeclared' }, findings };
    }
    const serialize = this.compiler.compileSerializer(type, unchecked !== undefined);
    const [hidden] = unchecked === undefined && isOpen(route) ? this.compiler.checkedIn(type) : [];
    if (hidden !== undefined) {
      find(
        'output.unreadable',
        `it is @Public and returns ${hidden}, whose rules admit nobody without a credential: each answer would be refused.`,
        `return a class of what is public, or write @Returns(${name}, { unchecked: 'why anybody may see it' })`,
      );
    }
    return {
      section: {
        kind,
        type: name,
        exposes: classIn(type),
        serialize,
        ...(unchecked === undefined ? {} : { unchecked }),
      },
      findings,
    };
  }
}

type Find = (code: Finding['code'], message: string, fix: string) => void;

/** Whether nobody is identified there. */
function isOpen(route: RouteDeclaration): boolean {
  const { publicReason, rules } = accessOf(route);
  return publicReason !== undefined && rules.length === 0;
}

/** `@Returns`, else Nest's `@SerializeOptions({ type })`, of the method or the controller. */
function returnedType(route: RouteDeclaration, find: Find): ReturnsDeclaration | undefined {
  const returns = route.ofMethod<ReturnsDeclaration>(RETURNS);
  const options = nearestOf<Readonly<Record<string, unknown>>>(route, SERIALIZE_OPTIONS);
  const onMethod = route.ofMethod<{ type?: unknown }>(SERIALIZE_OPTIONS)?.type;
  if (returns) {
    if (onMethod !== undefined && onMethod !== returns.type) {
      find('output.contradiction', '@Returns and @SerializeOptions name two types.', 'keep @Returns');
    }
    return returns;
  }
  if (options?.type === undefined) return undefined;
  const unread = Object.keys(options).filter((key) => key !== 'type' && options[key] !== undefined);
  if (options.strategy === 'excludeAll') unread.splice(unread.indexOf('strategy'), 1);
  if (unread.length > 0) {
    find(
      'output.contradiction',
      `@SerializeOptions has ${unread.join(', ')}, which do not apply: the caller's roles are the groups, and undeclared never leaves.`,
      'keep type alone: @SerializeOptions({ type: Order })',
    );
  }
  if (isReturnedType(options.type)) return { type: options.type, unchecked: undefined };
  find('output.undeclared', '@SerializeOptions has a type that is no class.', FIX);
  return undefined;
}
