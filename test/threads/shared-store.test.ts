import { afterAll, beforeAll, expect, it } from "vitest";
import { migratePostgres } from "../../src/store/postgres/migrate-postgres.ts";
import { announce, announceChange } from "../../src/store/postgres/shared/announcements.ts";
import { SharedStore } from "../../src/threads/shared-store.ts";
import type { StoreToMain } from "../../src/threads/thread-messages.ts";
import { REPORT } from "../admin/replicas/replica-fixture.ts";
import { postgresLocation, withSession } from "../store/postgres/postgres-session.ts";
import { RUN } from "../store/store-fixture.ts";
import { startPostgres, type Postgres } from "../tools/start-postgres.ts";

const PATIENCE = { interval: 20 };

let server: Postgres;
let url: string;
let sent: StoreToMain[];
let reloads: number;

beforeAll(async () => {
  server = await startPostgres();
  url = server.url();
  await withSession(url, (session) => migratePostgres(session, undefined));
  await server.sql(
    "INSERT INTO replica (id, name, version, config_hash, listen, admin) VALUES ('1', 'a', '', '', '', '')",
  );
});
afterAll(() => server.remove());

function createStore(): SharedStore {
  sent = [];
  reloads = 0;
  return new SharedStore({
    location: postgresLocation(url),
    replica: { id: "1", name: "a" },
    run: RUN,
    send: (message) => sent.push(message),
    reloadRules: () => (reloads += 1),
  });
}

const types = () => sent.map(({ type }) => type);

it("sends the run that was joined, then the shared state, and only then that the store works", async () => {
  const store = createStore();
  store.report(REPORT);
  store.sendState("connection refused");
  await expect.poll(types, PATIENCE).toEqual(["state"]);
  store.begin({ ...RUN, id: "other" });
  store.sendState(null);
  await expect.poll(types, PATIENCE).toContain("committed");
  await expect.poll(() => types().filter((type) => type === "state").length, PATIENCE).toBe(2);
  const order = types().filter((type, index, all) => all.indexOf(type) === index || type === "state");
  expect(order).toEqual(["state", "joined", "shared", "committed", "state"]);
  // The store was opened again, after an error.
  store.begin({ ...RUN, id: "another" });
  expect(types().filter((type) => type === "joined")).toHaveLength(1);
  await store.close();
});

it("reads rules again with every change, and announces merged counts like commits", async () => {
  const store = createStore();
  store.begin(RUN);
  await expect.poll(() => reloads, PATIENCE).toBe(1);
  expect(types()).not.toContain("joined");
  await withSession(url, (session) => announceChange(session));
  await expect.poll(() => reloads, PATIENCE).toBe(2);
  const commits = () => types().filter((type) => type === "committed").length;
  const before = commits();
  await withSession(url, (session) => announce(session, { merge: 1_000 }));
  await expect.poll(commits, PATIENCE).toBeGreaterThan(before);
  await store.close();
});
