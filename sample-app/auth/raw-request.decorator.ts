import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { rawRequest } from 'nestjs-gatehouse';
import type { IncomingMessage } from 'node:http';

/** Node's own request, for a security event that tells where it came from. Read nothing else from it: nothing in it is validated. */
export const RawRequest = createParamDecorator((_: unknown, context: ExecutionContext): IncomingMessage =>
  rawRequest(context.switchToHttp().getRequest()),
);
