import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PROBLEMS } from '../problems.js';

/** Hides everything of an exception but its status. */
@Catch()
export class HandProblemFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(thrown: unknown, args: ArgumentsHost): void {
    const status = thrown instanceof HttpException ? thrown.getStatus() : 500;
    const { httpAdapter } = this.host;
    const response = args.switchToHttp().getResponse<unknown>();
    const { type, title } = PROBLEMS[status] ?? PROBLEMS[500]!;
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json');
    httpAdapter.reply(response, { type, title, status }, status);
  }
}
