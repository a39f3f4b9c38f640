import type { ResourceDefinition, SecurityOptions } from 'nestjs-gatehouse';

/** How many transfers of ownership, and as many updates, happen at once. */
export const COUNT = 500;

/** The table `doc`, and a trigger: the database itself sees who writes to whose row. */
export const WATCH = `
  CREATE TABLE IF NOT EXISTS doc (id integer PRIMARY KEY, "userId" varchar NOT NULL, writer varchar NOT NULL);
  CREATE TABLE foreign_writes (id integer);
  CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.writer <> OLD.writer AND NEW.writer <> OLD."userId" THEN
      INSERT INTO foreign_writes VALUES (NEW.id);
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER watch BEFORE UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION watch();
`;

/** The statements that make every row alice's, and nobody's writing. */
export const FILL = [
  'TRUNCATE doc, foreign_writes',
  `INSERT INTO doc SELECT n, 'alice', 'nobody' FROM generate_series(1, ${COUNT}) AS n`,
];

/** How the update is written. */
export type RaceRoute = 'guarded' | 'locked' | 'naive';

/** Options under which a thousand requests of one caller are let in. */
export function raceOptions(resource: ResourceDefinition<any>): Partial<SecurityOptions> {
  return {
    authorization: { roles: { user: [] }, resources: [resource] },
    // A thousand connections at once are slow on a busy machine.
    edge: {
      maxEventLoopDelay: false,
      timeouts: { headers: 120_000, request: 120_000, handler: 120_000, keepAlive: 120_000 },
    },
    throttling: {
      throttlers: [{ name: 'user', by: 'user', ttl: 60_000, limit: 1_000_000 }],
      door: false,
      concurrency: false,
    },
  };
}

/** Transfers and updates of the same rows. */
export class TransferRace {
  /** Of every other row the update waits, between its check and its write, until the transfer is through. */
  through = new Map<number, Promise<void>>();
  announce = new Map<number, () => void>();

  /** @param count gives the number of a query whose column is `n` */
  async run(route: RaceRoute, url: string, token: string, count: (query: string) => Promise<number>) {
    this.through = new Map();
    this.announce = new Map();
    // Who holds the lock must not wait for who waits for it.
    const waiting = route === 'locked' ? 0 : COUNT;
    for (let id = 2; id <= waiting; id += 2) {
      this.through.set(id, new Promise((resolve) => this.announce.set(id, resolve)));
    }
    const send = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${url}/docs/${path}`, {
        method,
        headers: { authorization: token, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      await response.arrayBuffer();
      return response.status;
    };
    const pairs = Array.from({ length: COUNT }, (_, i) => {
      const update = () => send('PATCH', `${i + 1}/${route}`);
      const transfer = () => send('POST', `${i + 1}/transfer`, { to: 'bob' });
      if (i % 2 === 0) return [update(), transfer()] as const;
      const first = transfer();
      return [update(), first] as const;
    });
    const statuses = await Promise.all(pairs.map((pair) => Promise.all(pair)));
    return {
      updates: statuses.map(([update]) => update),
      foreign: await count('SELECT count(*)::int AS n FROM foreign_writes'),
      transferred: await count(`SELECT count(*)::int AS n FROM doc WHERE "userId" = 'bob'`),
      written: await count(`SELECT count(*)::int AS n FROM doc WHERE writer = 'alice'`),
    };
  }
}
