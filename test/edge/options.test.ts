import { describe, expect, it } from 'vitest';
import { resolveEdge } from '../../lib/pipeline/edge/edge.options.js';

const origins = (...list: unknown[]) => ({ cors: { origins: list } });

describe('edge options', () => {
  it('has safe defaults', () => {
    expect(resolveEdge(undefined)).toMatchObject({
      hosts: undefined,
      httpsRequired: false,
      cors: undefined,
      bodyLimits: { byDefault: 102_400, byType: new Map() },
      jsonDepth: 32,
      timeouts: { headers: 10_000, request: 30_000, keepAlive: 5_000, handler: 30_000 },
      maxEventLoopDelay: 200,
    });
    expect(resolveEdge({}).trusts('127.0.0.1')).toBe(false);
  });

  it.each([
    ['a misspelt option', { bodylimit: 1 }, 'did you mean edge.bodyLimit?'],
    ['no object', [], 'not an object'],
    ['null', null, 'not an object'],
    ['a limit of 0', { bodyLimit: 0 }, 'edge.bodyLimit'],
    ['a depth beyond the stack', { jsonDepth: 100_000 }, 'edge.jsonDepth'],
    ['body limits in a list', { bodyLimits: ['multipart/form-data'] }, 'edge.bodyLimits is an array'],
    ['a body limit of no type', { bodyLimits: { json: 1 } }, "edge.bodyLimits['json'] is not a media type"],
    ['a body limit of a pattern', { bodyLimits: { 'text/*': 1 } }, 'is not a media type'],
    ['a body limit in capitals', { bodyLimits: { 'Text/Plain': 1 } }, 'in lower case'],
    ['a body limit in words', { bodyLimits: { 'text/plain': '1mb' } }, "edge.bodyLimits['text/plain']"],
    ['a body limit that is not set', { bodyLimits: { 'text/plain': undefined } }, 'is undefined'],
    ['JSON without end', { bodyLimits: { 'application/json': 2 ** 30 } }, 'from 1 to 67108864'],
    ['a misspelt timeout', { timeouts: { header: 1000 } }, 'did you mean edge.timeouts.headers?'],
    ['no timeout', { timeouts: { handler: 0 } }, 'edge.timeouts.handler'],
    ['a timeout that is off', { timeouts: { request: false } }, 'edge.timeouts.request'],
    ['seconds', { timeouts: { keepAlive: 5 } }, 'from 100 to 3600000'],
    ['headers longer than requests', { timeouts: { headers: 2000, request: 1000 } }, 'option.conflict'],
    ['a delay of 0', { maxEventLoopDelay: 0 }, 'edge.maxEventLoopDelay'],
    ['maxEventLoopDelay: true', { maxEventLoopDelay: true }, 'or false'],
    ['https: true', { https: true }, "write 'required' or 'off'"],
    ['no hosts', { hosts: [] }, 'edge.hosts is empty'],
    ['a host with a scheme', { hosts: ['https://a'] }, 'edge.hosts[0]'],
    ['a wildcard host', { hosts: ['*.a'] }, 'edge.hosts[0]'],
    ['cors: true', { cors: true }, 'edge.cors is true'],
    ['cors without origins', { cors: {} }, 'option.missing'],
    ['cors with no origins', origins(), 'edge.cors.origins'],
    ['origins: true', { cors: { origins: true } }, 'edge.cors.origins'],
    ["origin 'null'", origins('null'), 'sandboxed frame'],
    ["'*' beside others", origins('*', 'https://a.example'), 'edge.cors.origins[0]'],
    ["'*' with credentials", { cors: { origins: ['*'], credentials: true } }, 'option.conflict'],
    ['an origin with a slash', origins('https://a.example/'), "did you mean 'https://a.example'?"],
    ['an origin with a default port', origins('https://a.example:443'), "did you mean 'https://a.example'?"],
    ['an origin in capitals', origins('https://A.example'), "did you mean 'https://a.example'?"],
    ['a host without scheme', origins('a.example'), 'edge.cors.origins[0]'],
    ['a pattern without ^', origins(/https:\/\/a\.example$/), 'from ^ to $'],
    ['a pattern without $', origins(/^https:\/\/a\.example/), 'from ^ to $'],
    ['a pattern that ends in \\$', origins(/^https:\/\/a\.example\$/), 'from ^ to $'],
    ['a global pattern', origins(/^https:\/\/a\.example$/g), 'flags g'],
    ['a multiline pattern', origins(/^https:\/\/a\.example$/m), 'flags m'],
    ["a pattern that matches 'null'", origins(/^.*$/), 'sandboxed frame'],
    [
      'a method list in one string',
      { cors: { origins: ['https://a.example'], methods: ['GET, POST'] } },
      'methods[0]',
    ],
    [
      'a header wildcard',
      { cors: { origins: ['https://a.example'], allowedHeaders: ['*'] } },
      'allowedHeaders[0]',
    ],
    [
      'a header with a line feed',
      { cors: { origins: ['https://a.example'], exposedHeaders: ['a\nb'] } },
      'exposedHeaders[0]',
    ],
  ])('refuses %s', (_case, raw, message) => {
    expect(() => resolveEdge(raw)).toThrow(message);
  });

  it('takes what applications write', () => {
    expect(
      resolveEdge({
        bodyLimits: { 'multipart/form-data': 2 ** 30 },
        timeouts: { request: 1000, keepAlive: 65_000 },
        maxEventLoopDelay: false,
      }),
    ).toMatchObject({
      bodyLimits: { byDefault: 102_400, byType: new Map([['multipart/form-data', 2 ** 30]]) },
      timeouts: { headers: 1000, request: 1000, keepAlive: 65_000, handler: 30_000 },
      maxEventLoopDelay: false,
    });
  });
});
