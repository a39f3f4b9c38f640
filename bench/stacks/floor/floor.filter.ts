import { randomUUID } from 'node:crypto';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { PROBLEMS } from '../problems.js';
import { FloorContext, type FloorRequest } from './floor-context.js';

/** Answers with the same problem and writes the same line as `nestjs-gatehouse`. */
@Catch()
export class FloorFilter implements ExceptionFilter {
  constructor(private readonly floor: FloorContext) {}

  catch(thrown: unknown, args: ArgumentsHost): void {
    const http = args.switchToHttp();
    const request = http.getRequest<FloorRequest>();
    const reply = http.getResponse<ServerResponse & { raw?: ServerResponse; hijack?(): void }>();
    const response = reply.raw ?? reply;
    reply.hijack?.();
    const status = thrown instanceof HttpException ? thrown.getStatus() : 500;
    const { type, title } = PROBLEMS[status] ?? PROBLEMS[500]!;
    const id = request.floorId ?? '';
    const trace = randomUUID().replaceAll('-', '');
    const body = `{"type":"${type}","title":"${title}","status":${status},"instance":"urn:uuid:${id}","traceId":"${trace}"}`;
    response.statusCode = status;
    response.setHeader('Content-Type', 'application/problem+json');
    response.setHeader('Content-Length', Buffer.byteLength(body));
    response.end(body);
    this.floor.log(
      `{"time":"${new Date().toISOString()}","requestId":"${id}","traceId":"${trace}","address":"${this.floor.addressOf(request)}","method":"${request.method}","route":"OrdersController","principal":"${request.caller?.id ?? ''}","type":"access.denied","reason":"${title}","status":${status}}\n`,
    );
  }
}
