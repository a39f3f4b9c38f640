import {
  Body, Controller, Get, Module, Next, Param, Post, Res, Query, type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { IsString, Validate, ValidatorConstraint } from 'class-validator';
import { ANYONE, Authenticated, ExposeFor, Public, RawResponse, Returns, Roles, SecurityModule, type SecurityEvent } from 'nestjs-gatehouse';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';

class Answer { @ExposeFor(ANYONE) by!: string; }
const events: SecurityEvent[] = [];
const security = () => SecurityModule.forRoot({
  authentication: issuer.options,
  authorization: { roles: { admin: ['user'], user: [] }, resources: [] },
  events: { sink: { write: (e) => void events.push(e) } },
});
function moduleOf(...controllers: Type[]): Type {
  @Module({ imports: [security()], controllers }) class AppModule {}
  return AppModule;
}
let running: StartedApp | undefined;
afterEach(async () => { await running?.close(); running = undefined; events.length = 0; });

@Controller('things')
class Through {
  @Get('*rest') @Public('p') @RawResponse('passes on')
  through(@Next() next: () => void) { next(); }
}
@Controller('things')
class Through2 {
  @Get('*rest') @Public('p') @Returns(null)
  through(@Next() next: () => void, @Res({ passthrough: true }) _r: unknown) { next(); }
}
@Controller('things')
class Closed {
  @Get('secret') @Roles('admin') @Returns(Answer) secret() { return { by: 'admin' }; }
}
describe('next', () => {
  it.each([[Through],[Through2]])('fall through express', async (T) => {
    running = await startApp(moduleOf(T as Type, Closed), 'express');
    const r0 = await fetch(`${running.url}/things/secret`);
    const r = await fetch(`${running.url}/things/secret`, { headers: { authorization: await bearer('bob', ['user']) } });
    console.log('anon', r0.status, 'user', r.status, await r.text());
  });
});
@Controller('shadow') class Shadow { @Get() @Roles('admin') @Returns(Answer) get() { return { by: 'nest' }; } }
describe('shadow', () => {
  it('express raw same path', async () => {
    try {
    running = await startApp(moduleOf(Shadow), 'express', (app) => {
      app.getHttpAdapter().get('/shadow', (_q: any, r: any) => r.json({ leaked: true }));
    });
    const r = await fetch(`${running.url}/shadow`);
    console.log('shadow', r.status, await r.text());
    } catch (e) { console.log('refused', String(e).slice(0,300)); }
  });
  it('fastify pre-registered', async () => {
    const f = fastify(); f.get('/raw', async () => ({ raw: true }));
    const app = await NestFactory.create(moduleOf(Shadow), new FastifyAdapter(f as any), { logger: false, abortOnError: false });
    try {
      await app.listen(0, '127.0.0.1');
      const r = await fetch(`http://127.0.0.1:${app.getHttpServer().address().port}/raw`);
      console.log('fastify pre', r.status, await r.text(), f.printRoutes({commonPrefix:false}));
    } catch (e) { console.log('refused', String(e).slice(0,300)); } finally { await app.close(); }
  });
  it('fastify plugin', async () => {
    const app = await NestFactory.create(moduleOf(Shadow), new FastifyAdapter(), { logger: false, abortOnError: false });
    try {
      await (app as any).register(async (c: any) => { c.get('/plug', async () => ({ raw: true })); });
      await app.listen(0, '127.0.0.1');
      const r = await fetch(`http://127.0.0.1:${app.getHttpServer().address().port}/plug`);
      console.log('fastify plugin', r.status, await r.text());
    } catch (e) { console.log('refused', String(e).slice(0,300)); } finally { await app.close(); }
  });
  it.each(ADAPTERS)('after init %s', async (adapter) => {
    const http = adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = await NestFactory.create(moduleOf(Shadow), http as any, { logger: false, abortOnError: false });
    try {
      await app.init();
      app.getHttpAdapter().get('/late', (_q: any, r: any) => r.send({ leaked: true }));
      await app.listen(0, '127.0.0.1');
      const r = await fetch(`http://127.0.0.1:${app.getHttpServer().address().port}/late`);
      console.log('late', adapter, r.status, await r.text());
    } catch (e) { console.log('refused', adapter, String(e).slice(0,200)); } finally { await app.close(); }
  });
});

@Controller('files') class Files {
  @Get('*') @Authenticated() @Returns(Answer) get(@Param('path') p: string) { return { by: p }; }
}
@Controller('files') class FilesF {
  @Get('*') @Authenticated() @Returns(Answer) get(@Param('*') p: string) { return { by: p }; }
}
@Controller('files') class FilesU {
  @Get(':été') @Authenticated() @Returns(Answer) get(@Param('été') p: string) { return { by: p }; }
}
@Controller('files') class FilesQ {
  @Get(':"order-id"') @Authenticated() @Returns(Answer) get(@Param('order-id') p: string) { return { by: p }; }
}
describe('path params', () => {
  for (const adapter of ADAPTERS) for (const C of [Files, FilesF, FilesU, FilesQ])
  it(`${adapter} ${C.name}`, async () => {
    try {
    running = await startApp(moduleOf(C), adapter);
    const r = await fetch(`${running.url}/files/a`, { headers: { authorization: await bearer('bob', ['user']) } });
    console.log('PATH', adapter, C.name, r.status, await r.text());
    } catch (e) { console.log('PATH', adapter, C.name, 'refused', String(e).slice(0,300)); }
  });
});
@ValidatorConstraint() class Thenable { validate() { return { then: (ok: (v: boolean) => void) => ok(false) } as any; } }
class Dto { @IsString() name!: string; @Validate(Thenable) other!: string; }
@Controller('dto') class DtoC {
  @Post() @Public('x') @Returns(Answer) post(@Body() d: Dto) { return { by: JSON.stringify(d) }; }
  @Get() @Public('x') @Returns(Answer) get(@Query('a') a: string) { return { by: a }; }
  @Get('err') @Public('x') @Returns(Answer) err(@Query('a') a: string): Answer { throw new Error(`cannot find ${a}`); }
}
it.each(ADAPTERS)('dto %s', async (adapter) => {
  running = await startApp(moduleOf(DtoC), adapter);
  const r = await fetch(`${running.url}/dto`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'a', other: 'x' }) });
  console.log('thenable', r.status, await r.text());
  const r2 = await fetch(`${running.url}/dto`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'a', other: 'x', 'hunter2-pass': 1 }) });
  console.log('key', r2.status, await r2.text(), JSON.stringify(events.at(-1)));
  const r3 = await fetch(`${running.url}/dto/err?a=${encodeURIComponent('x\n    at hunter2-pass')}`);
  console.log('frames', r3.status, await r3.text(), JSON.stringify(events.at(-1)));
});
