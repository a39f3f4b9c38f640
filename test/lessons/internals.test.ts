import {
  Body,
  Controller,
  Get,
  Headers,
  HostParam,
  Ip,
  Next,
  Param,
  ParseIntPipe,
  Post,
  Query,
  RawBody,
  Req,
  Res,
  Session,
  UploadedFile,
  UploadedFiles,
  createParamDecorator,
  type Type,
} from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Authenticated, Returns } from 'nestjs-gatehouse';
import { handlerParameters, handlesResponse } from '../../lib/posture/handler-parameters.js';
import { guardedModule } from '../support/guarded-module.js';
import { ADAPTERS, startApp } from '../support/start-app.js';

const Custom = createParamDecorator(() => 1);
class Dto {
  name!: string;
}

class Recorded {
  every(
    @Req() _0: object,
    @Res() _1: object,
    @Next() _2: object,
    @Body() _3: Dto,
    @Body('name', ParseIntPipe) _4: number,
    @Query() _5: Dto,
    @Param('id') _6: string,
    @Headers('if-match') _7: string,
    @Session() _8: object,
    @UploadedFile() _9: object,
    @UploadedFiles() _10: object,
    @HostParam('host') _11: string,
    @Ip() _12: string,
    @RawBody() _13: Buffer,
    @Custom() _14: string,
  ) {}
  response(@Res() _response: object) {}
  next(@Next() _next: object) {}
  passthrough(@Res({ passthrough: true }) _response: object) {}
  none() {}
}

// `__routeArguments__`, `__customRouteArgs__` and `__responsePassthrough__` are Nest's own and could change with any of its majors.
describe('what Nest records of a handler', () => {
  it('is read: each parameter with its source, name, type and pipes', () => {
    expect(handlerParameters(Recorded, 'every').map(({ source }) => source)).toEqual([
      'request',
      'response',
      'next',
      'body',
      'body',
      'query',
      'param',
      'headers',
      'session',
      'file',
      'files',
      'host',
      'ip',
      'rawBody',
      'custom',
    ]);
    const [, , , whole, named, query, param] = handlerParameters(Recorded, 'every');
    expect(whole).toMatchObject({ index: 3, property: undefined, type: Dto, pipes: [] });
    expect(named).toMatchObject({ index: 4, property: 'name', type: Number, pipes: [ParseIntPipe] });
    expect(query).toMatchObject({ property: undefined, type: Dto });
    expect(param).toMatchObject({ property: 'id', type: String });
    expect(handlerParameters(Recorded, 'none')).toEqual([]);
  });

  it('tells whether the handler answers by itself', () => {
    const answersItself = (method: string) =>
      handlesResponse(Recorded as Type, method, handlerParameters(Recorded as Type, method));
    expect(['response', 'next', 'passthrough', 'none'].map(answersItself)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe.each(ADAPTERS)('what TypeScript records of an asynchronous handler, on %s', (adapter) => {
  it('is Promise, whatever it holds: the answer has to be declared', async () => {
    @Controller('orders')
    class Orders {
      @Get() @Authenticated() async get(): Promise<Dto> {
        return new Dto();
      }
      @Post() @Authenticated() @Returns(null) async post(): Promise<void> {}
    }
    expect(Reflect.getMetadata('design:returntype', Orders.prototype, 'get')).toBe(Promise);
    await expect(startApp(guardedModule([Orders]), adapter)).rejects.toThrow(
      /found 1 problem[^]*Orders\.get {2}\[output\.undeclared\]/,
    );
  });
});
