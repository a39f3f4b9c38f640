import { SEEDED_ORDERS, SEEDED_USERS } from './database/seed-data.js';

/** What the sample app says at start: who can log in, and commands to paste into a shell. */
export function welcome(url: string, password: string): string {
  const users = Object.values(SEEDED_USERS).map(
    ({ username, id, roles, tenantId }) =>
      `  ${username.padEnd(6)} ${roles.join(', ').padEnd(8)} ${id} ${tenantId}`,
  );
  const commands = curlCommands(url, password).map(({ does, command }) => `${does}:\n  ${command}`);
  return ['', `Users, all with the password ${password}`, ...users, '', ...commands, ''].join('\n');
}

/** Commands for a POSIX shell that work as they are, in this order. */
export function curlCommands(url: string, password: string): Array<{ does: string; command: string }> {
  const { aliceOpen, bobOpen, carolOpen } = SEEDED_ORDERS;
  const login = quoted(JSON.stringify({ username: 'alice', password }));
  const field = (name: string) => `node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8")).${name}'`;
  const token = field('accessToken');
  const key = field('key');
  const asAlice = '-H "Authorization: Bearer $TOKEN"';
  const json = "-H 'Content-Type: application/json'";
  const patch = `-X PATCH ${json} -d '{"status":"paid"}'`;
  return [
    { does: 'Log in as alice', command: `TOKEN=$(curl -s ${url}/auth/login ${json} -d ${login} | ${token})` },
    { does: 'Her orders', command: `curl -s ${url}/orders ${asAlice}` },
    {
      does: "Bob's order: 404, as if it did not exist",
      command: `curl -s ${url}/orders/${bobOpen.id} ${asAlice}`,
    },
    {
      does: "The status of her own: 403, it is support's to write",
      command: `curl -s ${patch} ${url}/orders/${aliceOpen.id} ${asAlice}`,
    },
    { does: 'All accounts: 403, for administrators', command: `curl -s ${url}/users ${asAlice}` },
    {
      does: 'An API key for a partner, shown this once',
      command: `KEY=$(curl -s ${url}/api-keys ${asAlice} ${json} -d '{"name":"Warehouse","scopes":["orders:read"]}' | ${key})`,
    },
    { does: 'Her orders, as the partner reads them', command: `curl -s ${url}/orders -H "X-API-Key: $KEY"` },
    {
      does: 'An order of her own, as the partner: 401, that route takes no keys',
      command: `curl -s -X DELETE ${url}/orders/${aliceOpen.id} -H "X-API-Key: $KEY"`,
    },
    {
      does: 'The account that she shares with bob: who is in it sees what is ordered by it',
      command: `curl -s ${url}/accounts ${asAlice}`,
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
