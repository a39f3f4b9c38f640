import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

/** Tells the client all about an error, the stack included, "so that the front end can report it". */
@Catch()
export class HelpfulErrorFilter implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  /** Answers with the error as it is. */
  catch(error: Error & { query?: string }, context: ArgumentsHost): void {
    const statusCode = error instanceof HttpException ? error.getStatus() : 500;
    const { message, stack, query } = error;
    const response: unknown = context.switchToHttp().getResponse();
    this.host.httpAdapter.reply(response, { statusCode, message, query, stack }, statusCode);
  }
}
