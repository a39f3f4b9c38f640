import type { IncomingMessage } from 'node:http';
import type { Denial } from '../../core/decision.js';
import { SecurityDenial } from '../../core/security-denial.js';
import { hasBody, mediaTypeOf } from '../../kit/http/content.js';
import { parseJson } from '../../kit/json/parse-json.js';
import type { ContentTypeParser, FastifyInstanceLike, Middleware, Next } from './adapters.js';
import { limitOf } from './body-limits.js';
import { FORM_TYPE, JSON_TYPE } from './content-rules.js';
import type { EdgeSettings } from './edge.options.js';
import { parseForm } from './parse-form.js';
import { readBody } from './read-body.js';

type Parsed = { readonly value: unknown } | { readonly denial: Denial };
type Parse = (bytes: Buffer) => Parsed;
type WithBody = IncomingMessage & { body?: unknown; rawBody?: Buffer };

/** The body limits among the {@link EdgeSettings}. */
export type BodySettings = Pick<EdgeSettings, 'bodyLimits' | 'jsonDepth'>;

/**
 * The body parsers for Express. Nest leaves out its own where it finds middleware of these two names, so the names are part of how
 * this works. They refuse through the error handler, so that the application's filters see it.
 */
export function expressParsers(settings: BodySettings): readonly Middleware[] {
  const parseBody: Parse = (bytes) => parseJson(bytes, { maxDepth: settings.jsonDepth });
  const jsonLimit = limitOf(settings.bodyLimits, JSON_TYPE);
  const formLimit = limitOf(settings.bodyLimits, FORM_TYPE);
  return [
    function jsonParser(raw, _response, next) {
      readAs(JSON_TYPE, parseBody, jsonLimit, raw, next);
    },
    // The edge has already refused forms that no route consumes.
    function urlencodedParser(raw, _response, next) {
      readAs(FORM_TYPE, parseForm, formLimit, raw, next);
    },
  ];
}

function readAs(type: string, parse: Parse, limit: number, raw: WithBody, next: Next): void {
  const { headers, method } = raw;
  if (!hasBody(headers)) return next();
  if (mediaTypeOf(headers['content-type'] ?? '') !== type || raw.readableEnded) return next();
  readBody(raw, limit, (denial, bytes) => {
    if (denial !== undefined) return next(new SecurityDenial(denial));
    // Content of a GET has no meaning (RFC 9110 §9.3.1), and Fastify never reads it. It is read here all the same, because a parser
    // that the application added would read it without our bounds. A chunked body may turn out to be empty.
    if (method === 'GET' || method === 'HEAD' || bytes.length === 0) return next();
    const parsed = parse(bytes);
    if ('denial' in parsed) return next(new SecurityDenial(parsed.denial));
    raw.body = parsed.value;
    raw.rawBody = bytes;
    next();
  });
}

/**
 * Puts our parsers in the place of Fastify's and Nest's. To be called at bootstrap, when Nest has registered its own: registering ours
 * first through `useBodyParser` makes Nest 11 forget the global prefix of its middleware.
 */
export function replaceFastifyParsers(
  instance: FastifyInstanceLike,
  settings: BodySettings,
  consumed: ReadonlySet<string>,
): void {
  const optionsFor = (type: string) =>
    ({ parseAs: 'buffer', bodyLimit: limitOf(settings.bodyLimits, type) }) as const;
  for (const type of [JSON_TYPE, FORM_TYPE]) {
    if (instance.hasContentTypeParser(type)) instance.removeContentTypeParser(type);
  }
  // Fastify has one for plain text of its own accord.
  if (!consumed.has('text/plain') && instance.hasContentTypeParser('text/plain')) {
    instance.removeContentTypeParser('text/plain');
  }
  instance.addContentTypeParser(
    JSON_TYPE,
    optionsFor(JSON_TYPE),
    fastifyParser((bytes) => parseJson(bytes, { maxDepth: settings.jsonDepth })),
  );
  if (consumed.has(FORM_TYPE)) {
    instance.addContentTypeParser(FORM_TYPE, optionsFor(FORM_TYPE), fastifyParser(parseForm));
  }
}

function fastifyParser(parse: Parse): ContentTypeParser {
  return (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const parsed = parse(body);
    if ('denial' in parsed) return done(new SecurityDenial(parsed.denial));
    request.rawBody = body;
    done(null, parsed.value);
  };
}
