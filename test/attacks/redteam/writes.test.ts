import { Body, Controller, createParamDecorator, Get, Module, Patch, Post, Query, type ExecutionContext, type Type } from '@nestjs/common';
import { PartialType } from '@nestjs/mapped-types';
import { Type as T } from 'class-transformer';
import { json } from 'express';
import { IsOptional, IsString, Validate, ValidateNested, ValidatorConstraint } from 'class-validator';
import { afterEach, expect, it } from 'vitest';
import { ANYONE, Authenticated, Can, defineResource, ExposeFor, Lists, Loaded, OWNER, Public, Returns, SecurityModule, Where, WritableBy, WritesTo, type SecurityEvent } from 'nestjs-gatehouse';
import { ADAPTERS, startApp, type StartedApp } from '../../support/start-app.js';
import { bearer, issuer } from '../../support/tokens.js';
import { Rows } from '../../authorization/shop.js';

class Order { @ExposeFor(ANYONE) id!: string; userId!: string; @ExposeFor(ANYONE) status!: string; @ExposeFor(ANYONE) note!: string; address!: Address }
class Address { street!: string }
const rows = new Rows<Order>([Object.assign(new Order(), { id: 'a1', userId: 'alice', status: 'open', note: '' })], ['id']);
rows.query = () => (async () => ({ userId: 'x' })) as never;
const OrderResource = defineResource(Order, { id: 'id', owner: 'userId', load: rows, can: (r) => ({ read: r.owner(), update: r.owner() }) });
const events: SecurityEvent[] = [];
const security = () => SecurityModule.forRoot({
  authentication: issuer.options,
  authorization: { roles: { support: ['user'], user: [] }, resources: [OrderResource] },
  events: { sink: { write: (e) => void events.push(e) } },
});
function moduleOf(...controllers: Type[]): Type {
  @Module({ imports: [security()], controllers }) class AppModule {}
  return AppModule;
}
let running: StartedApp | undefined;
afterEach(async () => { await running?.close(); running = undefined; events.length = 0; });

class AddressDto { @IsString() street!: string }
@ValidatorConstraint() class Yes { validate() { return true; } }
@WritesTo(Order) class NestedOnly { @WritableBy('support') @ValidateNested() @T(() => AddressDto) address!: AddressDto }
class PartialNested extends PartialType(NestedOnly) {}
@WritesTo(Order) class ValidateOnly { @WritableBy('support') @Validate(Yes) status!: string }
class PartialValidate extends PartialType(ValidateOnly) {}
@WritesTo(Order) class Full { @WritableBy('support') @IsOptional() @IsString() status?: string }
const MyBody = createParamDecorator((_d, c: ExecutionContext) => c.switchToHttp().getRequest().body);

@Controller('o') class A { @Patch(':id') @Can('update', Order) @Returns(Order) p(@Loaded() o: Order, @Body() d: PartialNested) { return { ...o, note: JSON.stringify(d) }; } }
@Controller('o') class B { @Patch(':id') @Can('update', Order) @Returns(Order) p(@Loaded() o: Order, @Body() d: PartialValidate) { return { ...o, note: JSON.stringify(d) }; } }
@Controller('o') class Q { @Patch(':id') @Can('update', Order) @Returns(Order) p(@Loaded() o: Order, @Query() d: Full) { return { ...o, note: JSON.stringify(d) }; } }
@Controller('o') class X { @Patch(':id') @Can('update', Order) @Returns(Order) p(@Loaded() o: Order, @MyBody() d: Full) { return { ...o, note: JSON.stringify(d) }; } }
const hit = async (path: string, init: RequestInit = {}) => {
  const r = await fetch(`${running!.url}${path}`, { ...init, headers: { authorization: await bearer('alice', ['user']), ...(init.body ? { 'content-type': 'application/json' } : {}) } });
  return `${r.status} ${await r.text()}`;
};
const attempt = async (label: string, C: Type, path: string, body?: unknown) => {
  try { running = await startApp(moduleOf(C), 'express'); console.log(label, await hit(path, { method: 'PATCH', body: body && JSON.stringify(body) })); }
  catch (e) { console.log(label, 'refused', String(e).slice(0, 300)); }
};
it('nested', () => attempt('partial nested', A, '/o/a1', { address: { street: 'x' } }));
it('validate', () => attempt('partial validate', B, '/o/a1', { status: 'paid' }));
it('query', () => attempt('query', Q, '/o/a1?status=paid'));
it('custom', () => attempt('custom', X, '/o/a1', { status: 'paid', evil: 1 }));
@Controller('o') class L { @Get() @Lists(Order) @Returns([Order]) l(@Where(Order) w: unknown) { return [{ id: String(w instanceof Promise), status: '', note: '' }]; } }
it('async list', async () => {
  running = await startApp(moduleOf(L), 'express'); console.log('list', await hit('/o'));
});
@Controller('g') class G { @Get() @Public('x') @Returns(String) g() { return 'ok'; } }
let seen: unknown;
it('GET body', async () => {
  running = await startApp(moduleOf(G), 'express', (app) => { (app as any).useBodyParser('json', { limit: '50mb' }); app.use((q: any, _r: any, n: any) => { seen = q.body; n(); }); });
  const { request } = await import('node:http');
  const deep = '['.repeat(100000) + ']'.repeat(100000);
  await new Promise<void>((done) => {
    const q = request(`${running!.url}/g`, { method: 'GET', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }, (r) => { console.log('GET body', r.statusCode, Array.isArray(seen)); r.resume(); r.on('end', () => done()); });
    q.write(deep); q.end();
  });
});
@Controller('h') class H { @Post(':id') @Can('update', Order) @Returns(Order) g(@Loaded() o: Order) { return o; } }
it('two controllers of one name and the baseline', () => expect(H).toBeDefined());
