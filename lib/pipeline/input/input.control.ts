import type { Compiled, Control } from '../../core/control.js';
import { onlyNew, type Finding } from '../../core/finding.js';
import { nearestOf, type RouteDeclaration } from '../../core/route-declaration.js';
import { problemsOf, type CompiledInputs } from './compiled-inputs.js';
import { CONSUMES } from './consumes.decorator.js';
import { contentTypeCheck } from './content-type.js';
import { auditParameter } from './parameter-audit.js';

/** What is declared about the input of a route. */
export interface InputSection {
  /** The media types of its body, in lower case. */
  readonly consumes: readonly string[];
  /** The classes of its body, query and path parameters. */
  readonly classes: readonly Function[];
}

declare module '../../core/route-plan.js' {
  interface RoutePlanSections {
    input: InputSection;
  }
}

const DEFAULT_TYPES: readonly string[] = ['application/json'];

/**
 * The input room: compiles every class that a handler declares, finds the parameters that nothing validates, and checks the
 * content type of each request. The values themselves are the pipe's.
 */
export class InputControl implements Control<'input'> {
  readonly name = 'input';
  readonly #isNew = onlyNew();

  constructor(private readonly inputs: CompiledInputs) {
    inputs.audited = true;
  }

  /** @throws {SecurityConfigError} `input.invalid` for a class that can never work. */
  compile(route: RouteDeclaration): Compiled<InputSection> {
    const consumes = nearestOf<readonly string[]>(route, CONSUMES) ?? DEFAULT_TYPES;
    const findings: Finding[] = [];
    const classes: Function[] = [];
    for (const parameter of route.parameters) {
      const verdict = auditParameter(
        parameter,
        consumes.some((type) => type.endsWith('json')),
      );
      if (!verdict) continue;
      if ('compile' in verdict) {
        classes.push(verdict.compile);
        const problems = problemsOf(this.inputs.readerOf(verdict.compile, verdict.mode));
        findings.push(...problems.map((problem) => ({ code: verdict.code, ...problem })));
      } else {
        findings.push({ where: route.id, ...verdict });
      }
    }
    const check = contentTypeCheck(consumes);
    return {
      section: { consumes, classes },
      findings: findings.filter(this.#isNew),
      stage: ({ request }) => check(request.headers),
    };
  }

  /** The section in words: `{ input: 'CreateOrder' }`; media types where they are not JSON. */
  describe({ consumes, classes }: InputSection): Readonly<Record<string, string>> {
    const names = classes.map(({ name }) => name).join(', ');
    const types = consumes === DEFAULT_TYPES ? '' : `as ${consumes.join(' or ')}`;
    const words = [names, types].filter((word) => word !== '').join(', ');
    return words === '' ? {} : { input: words };
  }
}
