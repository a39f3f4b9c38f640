import 'reflect-metadata';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { IsInt, IsString, MaxLength } from 'class-validator';
import request from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PageQuery } from '../../lib/pipeline/lists/page-query.js';
import { SecurityValidationPipe } from '../../lib/pipeline/input/validation.pipe.js';

class Note {
  @IsString() @MaxLength(20) text!: string;
  @IsInt() stars!: number;
}

const seen: unknown[] = [];

@Controller()
class NotesController {
  @Post('notes') create(@Body() note: Note) {
    seen.push(note);
    return { made: note instanceof Note };
  }
  @Get('notes') list(@Query() page: PageQuery) {
    seen.push(page);
    return { limit: page.limit };
  }
  @Get('notes/:n') get(@Param('n') n: number, @Query('s') s: string, @Query('flag') flag: boolean) {
    seen.push([n, s, flag]);
    return { n, s, flag };
  }
}

@Module({ controllers: [NotesController] })
class App {}

const adapters = [
  ['Express', () => new ExpressAdapter()],
  ['Fastify', () => new FastifyAdapter()],
] as const;

describe.each(adapters)('the pipe by hand on %s', (_, adapter) => {
  let app: INestApplication;
  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [App] }).compile();
    app = module.createNestApplication(adapter(), { logger: false });
    app.useGlobalPipes(new SecurityValidationPipe());
    await app.init();
    await (app.getHttpAdapter().getInstance() as { ready?: () => Promise<unknown> }).ready?.();
  });
  afterAll(() => app.close());
  beforeEach(() => void (seen.length = 0));
  const http = () => request(app.getHttpServer() as never);

  it('hands over instances of exact types', async () => {
    await http().post('/notes').send({ text: 'a', stars: 5 }).expect(201, { made: true });
    await http().get('/notes').expect(200, { limit: 20 });
    await http().get('/notes?limit=7&cursor=abc').expect(200, { limit: 7 });
    await http().get('/notes/12?s=a&flag=false').expect(200, { n: 12, s: 'a', flag: false });
  });

  it.each([
    '/notes?limit=101',
    '/notes?limit=',
    '/notes?limit=1&limit=2',
    '/notes?cursor=a&cursor=b',
    '/notes?limit=5&admin=1',
    '/notes?limit[$gt]=',
    '/notes?__proto__=x',
    '/notes/x',
    '/notes/1e3',
    '/notes/NaN',
    '/notes/1?s=a&s=b',
    '/notes/1?flag=1',
    '/notes/1?flag=',
    '/notes/1?s=%00',
  ])('refuses %s before the handler', async (path) => {
    await http().get(path).expect(400);
    expect(seen).toEqual([]);
  });

  it.each([
    '{"text":"a","stars":"5"}',
    '{"text":"a","stars":5,"admin":true}',
    '{"text":["a"],"stars":5}',
    '[{"text":"a","stars":5}]',
    '{}',
  ])('refuses %s before the handler', async (text) => {
    await http().post('/notes').set('content-type', 'application/json').send(text).expect(400);
    expect(seen).toEqual([]);
  });
});
