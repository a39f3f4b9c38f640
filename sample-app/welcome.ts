import { SEEDED_ACCOUNTS, SEEDED_ORDERS } from './database/seed-data.js';
import type { SeededRows } from './database/seeded-rows.js';

/** What the sample app says at start: who can log in, and commands to paste into a shell, where what they name is there. */
export function welcome(
  url: string,
  password: string,
  { users, isWhole }: SeededRows,
  cookies = false,
): string {
  const lines = users.map(
    ({ username, id, roles, tenantId }) =>
      `  ${username.padEnd(6)} ${roles.join(', ').padEnd(8)} ${id} ${tenantId}`,
  );
  const commands = curlCommands(url, password, cookies).map(({ does, command }) => `${does}:\n  ${command}`);
  const missing = 'Some of the seeded rows are gone: the commands to try are printed with a new database.';
  return [
    '',
    `Users, all with the password ${password}`,
    ...lines,
    '',
    ...(isWhole ? commands : [missing]),
    '',
  ].join('\n');
}

/** Commands for a POSIX shell that work as they are, in this order. With `cookies` curl does what a page of the shop would. */
export function curlCommands(
  url: string,
  password: string,
  cookies = false,
): Array<{ does: string; command: string }> {
  const { aliceOpen, bobOpen, carolOpen } = SEEDED_ORDERS;
  const { kitchen } = SEEDED_ACCOUNTS;
  const login = quoted(JSON.stringify({ username: 'alice', password }));
  const field = (name: string) => `node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8")).${name}'`;
  const key = field('key');
  const json = "-H 'Content-Type: application/json'";
  const page = `-H 'Origin: ${url.replace(/^http:/, 'https:')}'`;
  const asAlice = cookies ? '-b "$JAR"' : '-H "Authorization: Bearer $TOKEN"';
  const changing = cookies ? `${asAlice} ${page} -H "X-CSRF-Token: $CSRF"` : asAlice;
  const signIn = `curl -s ${url}/auth/login ${json} -d ${login}`;
  const patch = `-X PATCH ${json} -d '{"status":"paid"}'`;
  return [
    {
      does: 'Log in as alice',
      command: cookies
        ? `JAR=$(mktemp); CSRF=$(${signIn} ${page} -c "$JAR" | ${field('csrfToken')})`
        : `TOKEN=$(${signIn} | ${field('accessToken')})`,
    },
    { does: 'Her orders', command: `curl -s ${url}/orders ${asAlice}` },
    {
      does: "Bob's order: 404, as if it did not exist",
      command: `curl -s ${url}/orders/${bobOpen.id} ${asAlice}`,
    },
    {
      does: "The status of her own: 403, it is support's to write",
      command: `curl -s ${patch} ${url}/orders/${aliceOpen.id} ${changing}`,
    },
    { does: 'All users: 403, for administrators', command: `curl -s ${url}/users ${asAlice}` },
    {
      does: 'An API key for a partner, shown this once',
      command: `KEY=$(curl -s ${url}/api-keys ${changing} ${json} -d '{"name":"Warehouse","scopes":["orders:read"]}' | ${key})`,
    },
    { does: 'Her orders, as the partner reads them', command: `curl -s ${url}/orders -H "X-API-Key: $KEY"` },
    {
      does: 'An order of her own, as the partner: 401, that route takes no keys',
      command: `curl -s -X DELETE ${url}/orders/${aliceOpen.id} -H "X-API-Key: $KEY"`,
    },
    {
      does: 'The account that she shares with bob',
      command: `curl -s ${url}/accounts ${asAlice}`,
    },
    {
      does: 'Its orders, among them one of bob, without his note',
      command: `curl -s ${url}/accounts/${kitchen.id}/orders ${asAlice}`,
    },
    {
      does: 'An order of the other tenant: 404, for administrators as well',
      command: `curl -s ${url}/orders/${carolOpen.id} ${asAlice}`,
    },
  ];
}

/** In single quotes, as a POSIX shell reads them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
