import { ConflictException, HttpException, NotFoundException, UnauthorizedException } from '@nestjs/common';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { lastValueFrom, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RequestFacts } from '../../lib/core/request-facts.js';
import { SecurityDenial } from '../../lib/core/security-denial.js';
import { REASONS, type DenialReason } from '../../lib/core/reason.js';
import { SecurityEvents } from '../../lib/kit/events/security-events.js';
import { errorText } from '../../lib/pipeline/output/problems/error-text.js';
import { answerTo } from '../../lib/pipeline/output/problems/exception-answer.js';
import { headOf, problemBody } from '../../lib/pipeline/output/problems/problem-body.js';
import { ProblemWriter } from '../../lib/pipeline/output/problems/problem-writer.js';
import { ProblemFilter } from '../../lib/pipeline/output/problems/problem.filter.js';
import { Refusals } from '../../lib/pipeline/output/problems/refusals.js';
import { resolveProblems } from '../../lib/pipeline/output/problems/problems.options.js';

const facts = new RequestFacts('0af76519-16cd-43dd-8448-eb211c80319c', 'a'.repeat(32), '127.0.0.1', 0);
const httpError = (properties: object) => Object.assign(new Error('hunter2'), properties);

describe('answers to what is thrown', () => {
  // As express's parsers throw them, which Nest 11 hands over as they are and Nest 12 wraps.
  it.each([
    [{ type: 'entity.too.large', status: 413 }, 'edge.body-too-large'],
    [{ type: 'parameters.too.many', status: 413 }, 'edge.body-too-large'],
    [{ type: 'entity.parse.failed', status: 400 }, 'edge.body-malformed'],
    [{ type: 'charset.unsupported', status: 415 }, 'edge.content-type'],
    [{ type: 'encoding.unsupported', status: 415 }, 'edge.content-encoding'],
    [{ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }, 'edge.body-too-large'],
    [{ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }, 'edge.content-type'],
    [{ code: 'FST_ERR_MAX_PARAM_LENGTH', statusCode: 414 }, 'route.unknown'],
    [{ status: 404 }, 'server.error'],
    [{ status: 413, expose: true, statusCode: 413 }, 'server.error'],
    [{ type: 'toString', code: '__proto__' }, 'server.error'],
    [{ type: {}, code: 5 }, 'server.error'],
  ])('%j', (properties, reason) => {
    expect(answerTo(httpError(properties), false).denial?.reason).toBe(reason);
    if (reason === 'server.error') return;
    const wrapped = new HttpException('hunter2', 400, { cause: httpError(properties) });
    expect(answerTo(wrapped, false).denial?.reason).toBe(reason);
  });

  it("a NotFoundException is the router's only where there is no route", () => {
    expect(answerTo(new NotFoundException('x'), false)).toMatchObject({
      head: { status: 404 },
      denial: { reason: 'route.unknown' },
    });
    expect(answerTo(new NotFoundException('x'), true)).toEqual({
      head: { type: 'about:blank', title: 'Not Found', status: 404 },
      denial: undefined,
    });
  });

  it('a denial is answered by its reason, with its own status where it has one', () => {
    for (const reason of Object.keys(REASONS) as DenialReason[]) {
      const { head, denial } = answerTo(new SecurityDenial({ reason }), false);
      expect(head).toMatchObject({
        status: REASONS[reason].status,
        type: `urn:gatehouse:problem:${REASONS[reason].problem}`,
      });
      expect(denial?.reason).toBe(reason);
    }
    expect(answerTo(new SecurityDenial({ reason: 'input.invalid', status: 422 }), true).head.status).toBe(
      422,
    );
  });

  it("the application's refusals are reported, its other answers are not", () => {
    expect(answerTo(new UnauthorizedException(), true).denial).toEqual({
      reason: 'app.refused',
      status: 401,
    });
    expect(answerTo(new ConflictException(), true).denial).toBeUndefined();
  });
});

describe('problem bodies', () => {
  it('are what RFC 9457 says, with at most 20 errors', () => {
    const errors = Array.from({ length: 30 }, () => ({ pointer: '/a', code: 'c', detail: 'd' }));
    expect(JSON.parse(problemBody(headOf({ reason: 'input.invalid' }), facts, errors))).toEqual({
      type: 'urn:gatehouse:problem:invalid-input',
      title: 'Invalid Input',
      status: 400,
      instance: 'urn:uuid:0af76519-16cd-43dd-8448-eb211c80319c',
      traceId: 'a'.repeat(32),
      errors: errors.slice(0, 20),
    });
  });
});

describe('what the log says of an error', () => {
  it('is class, code and frames; the message on request', () => {
    const error = Object.assign(new TypeError('hunter2\n    at hunter3'), { code: 'E_X' });
    expect(errorText(error, true)).toMatch(/^TypeError E_X: hunter2/);
    expect(errorText(new TypeError('hunter2', { cause: new RangeError('hunter2') }), false)).toMatch(
      /^TypeError\n\s+at (.|\n)*\ncaused by RangeError\n\s+at /,
    );
    expect(errorText(new TypeError('hunter2'), false)).not.toContain('hunter2');
  });

  it('takes anything that can be thrown', () => {
    expect(errorText('hunter2', false)).toBe('a string of 7 characters was thrown');
    expect(errorText(undefined, false)).toBe('undefined was thrown');
    const hostile = Object.defineProperty(new Error('x'), 'stack', {
      get: () => {
        throw new Error('y');
      },
    });
    expect(errorText(hostile, false)).toBe('an object that cannot be read');
    expect(errorText(Object.assign(new Error('x'), { name: 'a\nb', code: 'c\nd' }), false)).toMatch(
      /^Error\n\s+at /,
    );
  });
});

describe('a request that fails twice', () => {
  it('is reported and answered once', () => {
    const events: string[] = [];
    const log = new SecurityEvents({ write: ({ type }) => events.push(type) });
    const refusals = new Refusals({ charge: () => undefined }, log, new ProblemWriter(false), false);
    const raw = new IncomingMessage(new Socket());
    const response = new ServerResponse(raw);
    const own = new RequestFacts('id', 'a'.repeat(32), '127.0.0.1', 0);
    refusals.fail(new Error('x'), own, raw, response);
    const length = response.getHeader('content-length');
    refusals.fail(new Error('y'), own, raw, response);
    refusals.refuse({ reason: 'route.unknown' }, own, raw, response);
    expect(events).toEqual(['server.failed']);
    expect(response.statusCode).toBe(500);
    expect(response.getHeader('content-length')).toBe(length);
  });
});

describe('ProblemFilter outside HTTP', () => {
  const filter = new ProblemFilter(undefined as never, undefined as never);
  it('says nothing of the exception', async () => {
    const answer = filter.catch(new Error('hunter2'), {
      getType: () => 'rpc',
    } as never) as Observable<unknown>;
    await expect(lastValueFrom(answer)).rejects.toEqual({
      status: 'error',
      message: 'Internal Server Error',
    });
    expect(() => filter.catch(new Error('hunter2'), { getType: () => 'graphql' } as never)).toThrow(
      /^Internal Server Error$/,
    );
  });
});

describe('problems options', () => {
  class Filter {
    catch(): void {}
  }
  it('take filter classes and nothing else', () => {
    expect(resolveProblems(undefined).before).toEqual([]);
    expect(resolveProblems({ before: [Filter] }).before).toEqual([Filter]);
    for (const raw of [{ before: Filter }, { before: ['Filter'] }, { befor: [] }, true]) {
      expect(() => resolveProblems(raw)).toThrow('problems');
    }
  });
});
