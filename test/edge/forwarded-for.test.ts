import { Controller, Get, Module } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Public, Returns, SecurityModule, type EdgeOptions, type SecurityEvent } from 'nestjs-gatehouse';
import { ADAPTERS, startApp, type AdapterName, type StartedApp } from '../support/start-app.js';
import { issuer } from '../support/tokens.js';
import { send } from './support/app.js';

const PROXY = '127.0.0.1';
/** What all rows share: the test connects from here, and it is the declared proxy. Two more stand behind it. */
const TRUSTED = [PROXY, '10.0.0.0/8', '2001:db8:1::/48'];
const CLIENT = '203.0.113.7';
const LIMIT = 2;

/** The headers as they come, and whose request it then is. */
const ROWS: ReadonlyArray<readonly [what: string, header: string | string[], client: string]> = [
  ['one client', CLIENT, CLIENT],
  ['a client that forges one entry', `6.6.6.6, ${CLIENT}`, CLIENT],
  ['a client that forges our own proxy', `10.0.0.1, ${CLIENT}`, CLIENT],
  ['a client that forges garbage', `<script>, ${CLIENT}`, CLIENT],
  ['two proxies', `${CLIENT}, 10.0.0.2`, CLIENT],
  ['a client of IPv6 behind a proxy of IPv6', '2001:db8:2::5, 2001:db8:1::9', '2001:db8:2::5'],
  ['no spaces', `6.6.6.6,${CLIENT},10.0.0.2`, CLIENT],
  ['spaces and tabs', `6.6.6.6 ,\t ${CLIENT} \t, 10.0.0.2`, CLIENT],
  ['several headers', ['6.6.6.6', CLIENT], CLIENT],
  ['several headers, the last empty', [CLIENT, ''], PROXY],
  ['IPv6 in capitals and not compressed', '2001:0DB8:0002:0:0:0:0:5', '2001:db8:2::5'],
  ['IPv6 with a zone', 'fe80::1%eth0', 'fe80::1'],
  ['mapped IPv4', `::ffff:${CLIENT}`, CLIENT],
  ['mapped IPv4 in hex', '::FFFF:cb00:7107', CLIENT],
  ['a mapped proxy', `${CLIENT}, ::ffff:10.0.0.2`, CLIENT],
  ['a port', `${CLIENT}:80`, CLIENT],
  ['a port behind a proxy', `${CLIENT}:80, 10.0.0.2:8080`, CLIENT],
  ['brackets', '[2001:db8:2::5]', '2001:db8:2::5'],
  ['brackets and a port', '[2001:db8:2::5]:443', '2001:db8:2::5'],
  ['a port of six digits', `${CLIENT}:123456`, PROXY],
  ['a port that is none', `${CLIENT}:http`, PROXY],
  ['brackets around IPv4', `[${CLIENT}]:80`, PROXY],
  ['half a bracket', '[2001:db8:2::5', PROXY],
  ['IPv6 with a port, but no brackets', '2001:db8:2:0:0:0:0:5:443', PROXY],
  ['quotes', `"${CLIENT}"`, PROXY],
  ['the syntax of Forwarded', `for=${CLIENT}`, PROXY],
  ['garbage', 'not-an-ip', PROXY],
  ['markup', '<script>alert(1)</script>', PROXY],
  ['unknown', 'unknown', PROXY],
  ['a number', '3405803783', PROXY],
  ['octal', '0313.0.113.7', PROXY],
  ['leading zeros', '203.000.113.007', PROXY],
  ['a part over 255', '203.0.113.256', PROXY],
  ['five parts', '203.0.113.7.1', PROXY],
  ['a CIDR block', '203.0.113.0/24', PROXY],
  ['nothing', '', PROXY],
  ['commas', ',,,', PROXY],
  ['an empty item last', `${CLIENT},`, PROXY],
  ['an empty item between', `${CLIENT},,10.0.0.2`, '10.0.0.2'],
  ['an empty item first', `,${CLIENT}`, CLIENT],
  ['100 hops, all proxies', Array.from({ length: 100 }, () => '10.0.0.9').join(', '), '10.0.0.9'],
  ['100 hops of a client', `${'6.6.6.6, '.repeat(99)}${CLIENT}`, CLIENT],
  ['a client behind 100 proxies', `${CLIENT}${', 10.0.0.9'.repeat(100)}`, '10.0.0.9'],
  ['8 KB of digits', '1'.repeat(8192), PROXY],
];

@Controller('open')
class OpenController {
  @Get() @Public('a test') @Returns(String) open() {
    return 'open';
  }
}

async function start(adapter: AdapterName, edge: EdgeOptions) {
  const events: SecurityEvent[] = [];
  @Module({
    imports: [
      SecurityModule.forRoot({
        authentication: issuer.options,
        throttling: { throttlers: [{ name: 'address', by: 'address', ttl: 60_000, limit: LIMIT }] },
        edge,
        events: { sink: { write: (event) => void events.push(event) } },
      }),
    ],
    controllers: [OpenController],
  })
  class App {}
  const started = await startApp(App, adapter);
  const port = Number(new URL(started.url).port);
  /** Whose request it was, in the words of the security log. */
  const clientOf = async (header: string | string[]) => {
    events.length = 0;
    await send(port, 'GET', '/nope', { 'x-forwarded-for': header });
    return events.map(({ address }) => address);
  };
  const open = async (header: string | string[]) =>
    (await send(port, 'GET', '/open', { 'x-forwarded-for': header })).status;
  return { ...started, clientOf, open };
}

describe.each(ADAPTERS)('X-Forwarded-For, %s', (adapter) => {
  describe('from a declared proxy', () => {
    let app: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      app = await start(adapter, { trustedProxies: TRUSTED });
    });
    afterAll(() => app.close());

    it.each(ROWS)('%s', async (_what, header, client) => {
      expect(await app.clientOf(header)).toEqual([client]);
    });
  });

  describe('without a declared proxy', () => {
    let app: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      app = await start(adapter, {});
    });
    afterAll(() => app.close());

    it.each(ROWS)('%s', async (_what, header) => {
      expect(await app.clientOf(header)).toEqual([PROXY]);
    });
  });

  describe('and the limits', () => {
    let app: StartedApp | undefined;
    afterEach(() => app?.close());

    it('a client that forges entries, ports and garbage has one limit', async () => {
      const { open, ...started } = await start(adapter, { trustedProxies: TRUSTED });
      app = started;
      const forged = [CLIENT, `6.6.6.6, ${CLIENT}`, `10.0.0.1, ${CLIENT}`, `x:80, ::ffff:${CLIENT}`];
      const statuses = [];
      for (const header of forged) statuses.push(await open(header));
      expect(statuses).toEqual([200, 200, 429, 429]);
      expect(await open('198.51.100.1')).toBe(200);
    });

    it('and without a proxy the header changes nothing', async () => {
      const { open, ...started } = await start(adapter, {});
      app = started;
      const statuses = [];
      for (const header of ['6.6.6.1', '6.6.6.2', '6.6.6.3']) statuses.push(await open(header));
      expect(statuses).toEqual([200, 200, 429]);
    });
  });

  it.each([1, 0])(
    'a number of hops does not boot, and the error says why and what to write: %i',
    async (hops) => {
      const booted = start(adapter, { trustedProxies: hops as unknown as string[] });
      await expect(booted).rejects.toThrow(
        `[option.invalid] edge.trustedProxies is ${hops}: a number of hops believes whoever reaches the server past the proxies, and so anyone can choose an address; Fastify takes it for nobody\n` +
          "  → list the addresses of your proxies: edge.trustedProxies: ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']",
      );
    },
  );

  it('nor does true', async () => {
    const booted = start(adapter, { trustedProxies: true as unknown as string[] });
    await expect(booted).rejects.toThrow('edge.trustedProxies is true: it believes whoever connects');
  });
});
