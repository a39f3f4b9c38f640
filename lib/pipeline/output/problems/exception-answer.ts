import { HttpException, NotFoundException } from '@nestjs/common';
import type { Denial } from '../../../core/decision.js';
import { ProblemException } from '../../../core/problem-exception.js';
import { SecurityDenial } from '../../../core/security-denial.js';
import { parserDenial } from './parser-errors.js';
import { blankHead, headOf, type ProblemHead } from './problem-body.js';

/** What a thrown value is answered with, and what the security log says of it. */
export interface ExceptionAnswer {
  readonly head: ProblemHead;
  /** For the log; `undefined` for an ordinary answer of the application, such as its own 409. */
  readonly denial: Denial | undefined;
}

const SERVER_ERROR: Denial = { reason: 'server.error' };
const UNKNOWN_ROUTE: Denial = { reason: 'route.unknown' };

/**
 * Decides what a thrown value becomes. What the client sees of it is its status, where that is a 4xx of an `HttpException`; only a
 * {@link ProblemException} also words its answer. Everything else is a 500 that says nothing.
 *
 * @param routed whether a route was found; a `NotFoundException` without one is the router's.
 */
export function answerTo(thrown: unknown, routed: boolean): ExceptionAnswer {
  if (thrown instanceof SecurityDenial) return ofDenial(thrown.denial);
  // Nest 12 wraps the errors of the parsers, Nest 11 hands them over as they are.
  const parser = parserDenial(thrown instanceof HttpException ? thrown.cause : thrown);
  if (parser !== undefined) return ofDenial(parser);
  if (!(thrown instanceof HttpException)) return ofDenial(SERVER_ERROR);
  const status: unknown = thrown.getStatus();
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 400 || status > 499) {
    return ofDenial(SERVER_ERROR);
  }
  if (!routed && thrown instanceof NotFoundException) return ofDenial(UNKNOWN_ROUTE);
  const denial: Denial | undefined =
    status === 401 || status === 403 ? { reason: 'app.refused', status } : undefined;
  if (!(thrown instanceof ProblemException)) return { head: blankHead(status), denial };
  return { head: { type: thrown.type, title: thrown.title, status }, denial };
}

function ofDenial(denial: Denial): ExceptionAnswer {
  return { head: headOf(denial), denial };
}
