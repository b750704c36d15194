import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { PostgresLocation } from "../../../src/model/store/store-location.ts";
import {
  closeSession,
  openSession,
  type PostgresSession,
  type SessionOptions,
} from "../../../src/store/postgres/connect/connection.ts";
import { PostgresError } from "../../../src/store/postgres/connect/postgres-error.ts";
import { SessionPool } from "../../../src/store/postgres/connect/session-pool.ts";
import { inTransaction } from "../../../src/store/postgres/connect/transaction.ts";
import { TestAuthority } from "../../tools/certificates.ts";
import { startPostgres, type Postgres } from "../../tools/start-postgres.ts";
import { postgresLocation } from "./postgres-session.ts";

const PASSWORD = "s3cret:\\pass";

let directory: string;
let authority: TestAuthority;
let server: Postgres;
const sessions: PostgresSession[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "connection-"));
  authority = new TestAuthority();
  server = await startPostgres({
    certificate: authority.issue("server", "IP:127.0.0.1"),
    authentication: [
      "host all ann 127.0.0.1/32 scram-sha-256",
      "hostnossl all encrypted 127.0.0.1/32 reject",
      "hostssl all plain 127.0.0.1/32 reject",
    ],
  });
  await server.sql(`CREATE USER ann PASSWORD '${PASSWORD}'; CREATE USER encrypted; CREATE USER plain`);
});

afterEach(() => {
  for (const session of sessions.splice(0)) closeSession(session);
  vi.unstubAllEnvs();
});

afterAll(async () => {
  await server.remove();
  authority.remove();
  rmSync(directory, { recursive: true });
});

async function open(url: string | PostgresLocation, options: Partial<SessionOptions> = {}): Promise<PostgresSession> {
  const location = typeof url === "string" ? postgresLocation(url) : url;
  const session = await openSession(location, { applicationName: "test", access: "write", ...options });
  sessions.push(session);
  return session;
}

/** The first column of the first row. */
async function valueOf(session: PostgresSession, query: string): Promise<unknown> {
  const { rows } = await session.query<Record<string, unknown>>(query);
  return Object.values(rows[0] ?? {})[0];
}

async function failure(attempt: Promise<unknown>): Promise<PostgresError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(PostgresError);
  expect(JSON.stringify([error, String(error)])).not.toContain("s3cret");
  return error as PostgresError;
}

function urlOf(user: string, query = "", password = ""): string {
  return `postgres://${user}${password === "" ? "" : `:${encodeURIComponent(password)}`}@127.0.0.1:${server.port}/postgres${query}`;
}

function write(name: string, text: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe("a session", () => {
  it("reads counts, sums and lists of counts as numbers", async () => {
    const session = await open(server.url());
    const { rows } = await session.query(
      "SELECT 9007199254740991::int8 AS one, sum(x) AS sum, array_agg(x) AS list FROM generate_series(1::int8, 3) x",
    );
    expect(rows).toEqual([{ one: 9_007_199_254_740_991, sum: 6, list: [1, 2, 3] }]);
  });

  it("has time limits, a name, UTC and the schema of the URL", async () => {
    await server.sql('CREATE SCHEMA "Team"');
    const session = await open(server.url("postgres", { schema: "Team", options: "-cgeqo=off" }));
    const { rows } = await session.query(
      "SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'geqo', " +
        "'idle_in_transaction_session_timeout', 'application_name', 'TimeZone', 'search_path')",
    );
    expect(
      Object.fromEntries(rows.map(({ name, setting }: { name: string; setting: string }) => [name, setting])),
    ).toEqual({
      statement_timeout: "30000",
      lock_timeout: "10000",
      idle_in_transaction_session_timeout: "30000",
      application_name: "test",
      TimeZone: "UTC",
      search_path: '"Team"',
      geqo: "off",
    });
  });

  it("through a Unix socket", async () => {
    const session = await open(`postgres://postgres@/postgres?host=${server.directory}&port=${server.port}`);
    expect(await valueOf(session, "SELECT inet_client_addr()")).toBeNull();
  });

  it("that the server ends fails its query and not the program", async () => {
    const session = await open(server.url());
    await expect(session.query("SELECT pg_terminate_backend(pg_backend_pid())")).rejects.toThrow(
      "terminating connection",
    );
    await expect(session.query("SELECT 1")).rejects.toThrow(/terminated|not queryable/);
    await expect(inTransaction(session, async () => undefined)).rejects.toThrow(
      /^the connection to the database was lost$/,
    );
  });
});

describe("the password", () => {
  it.each<[string, () => string | PostgresLocation]>([
    ["the URL", () => urlOf("ann", "", PASSWORD)],
    ["PGPASSWORD", () => (vi.stubEnv("PGPASSWORD", PASSWORD), urlOf("ann"))],
    [
      "a password file",
      () => ({ ...postgresLocation(urlOf("ann")), passwordFile: write("password", `${PASSWORD}\n`, 0o644) }),
    ],
    [
      "the passfile of the URL, where * matches and \\ escapes",
      () => {
        const lines = [
          "# comment",
          "other:*:*:*:wrong",
          "127.0.0.1:1:*:ann:wrong",
          "*:*:postgres:ann:s3cret\\:\\\\pass",
          "*:*:*:*:wrong",
        ];
        return urlOf("ann", `?passfile=${write("pgpass", lines.join("\n"))}`);
      },
    ],
    [
      "PGPASSFILE",
      () => {
        vi.stubEnv("PGPASSFILE", write("pgpass-2", `127.0.0.1:${server.port}:postgres:ann:s3cret\\:\\\\pass\n`));
        return urlOf("ann");
      },
    ],
    [
      "~/.pgpass",
      () => {
        write(".pgpass", "*:*:*:ann:s3cret\\:\\\\pass\n");
        vi.stubEnv("HOME", directory);
        return urlOf("ann");
      },
    ],
  ])("comes from %s", async (_, location) => {
    const session = await open(location());
    expect(await valueOf(session, "SELECT current_user")).toBe("ann");
  });

  it("of a file is read at each connection, so that it can be changed while the program runs", async () => {
    const file = write("rotated", "wrong\n");
    const location = { ...postgresLocation(urlOf("ann")), passwordFile: file };
    expect((await failure(open(location))).code).toBe("28P01");
    writeFileSync(file, PASSWORD);
    await open(location);
  });

  it("that is wrong or missing is a problem of the configuration, with a remedy", async () => {
    const wrong = await failure(open(urlOf("ann", "", "s3cret-but-wrong")));
    expect(wrong).toMatchObject({ trouble: "configuration", code: "28P01" });
    expect(wrong.message).toBe(
      `127.0.0.1:${server.port}: password authentication failed for user "ann"; check the user and password, and pg_hba.conf of the server`,
    );
    vi.stubEnv("HOME", join(directory, "none"));
    const missing = await failure(open(urlOf("ann")));
    expect(missing.trouble).toBe("configuration");
    expect(missing.message).toContain(
      "asks for the password of ann; name a file with store.passwordFile or PGPASSFILE",
    );
  });

  it("is not taken from a file that others can read, or that does not exist", async () => {
    const open1 = write("open", `*:*:*:*:${PASSWORD}`, 0o644);
    expect((await failure(open(urlOf("ann", `?passfile=${open1}`)))).message).toContain(`run chmod 600 ${open1}`);
    expect((await failure(open(urlOf("ann", "?passfile=/none")))).message).toContain("/none cannot be read: ENOENT");
  });
});

describe("TLS", () => {
  const SSL = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

  it.each([
    ["disable", "postgres", false],
    ["allow", "postgres", false],
    ["allow", "encrypted", true],
    ["prefer", "postgres", true],
    ["prefer", "plain", false],
    ["require", "postgres", true],
  ])("with sslmode=%s for the user %s: %s", async (mode, user, isEncrypted) => {
    expect(await valueOf(await open(urlOf(user, `?sslmode=${mode}`)), SSL)).toBe(isEncrypted);
  });

  it("verifies the certificate by its root, and with verify-full the host", async () => {
    const root = `sslrootcert=${authority.caFile}`;
    await open(urlOf("postgres", `?sslmode=verify-full&${root}`));
    const byName = urlOf("postgres", `?sslmode=verify-ca&${root}`).replace("127.0.0.1", "localhost");
    await open(byName);
    const otherHost = await failure(open(byName.replace("verify-ca", "verify-full")));
    expect(otherHost).toMatchObject({ trouble: "configuration", code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    const unknownRoot = await failure(open(urlOf("postgres", "?sslmode=verify-full")));
    expect(unknownRoot.trouble).toBe("configuration");
    expect(unknownRoot.message).toContain("name its root with sslrootcert");
  });

  it("that the server requires or refuses is a problem of the configuration", async () => {
    expect((await failure(open(urlOf("encrypted", "?sslmode=disable")))).trouble).toBe("configuration");
    expect((await failure(open(urlOf("plain", "?sslmode=require")))).trouble).toBe("configuration");
  });

  it("that the server does not have is a problem of the configuration", async () => {
    const plain = await startPostgres();
    try {
      const error = await failure(open(plain.url("postgres", { sslmode: "require" })));
      expect(error.trouble).toBe("configuration");
      expect(error.message).toContain("the server has no TLS; enable ssl there, or write sslmode=disable");
    } finally {
      await plain.remove();
    }
  });
});

describe("several hosts", () => {
  let standby: Postgres;
  const isStandby = "SELECT pg_is_in_recovery()";

  beforeAll(async () => {
    standby = await server.startStandby();
  });

  afterAll(async () => {
    await standby.remove();
  });

  function both(query: string, ports = [standby.port, server.port]): string {
    return `postgres://postgres@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/postgres${query}`;
  }

  it.each<[string, "read" | "write", boolean]>([
    ["any", "read", true],
    ["any", "write", false],
    ["read-write", "read", false],
    ["primary", "read", false],
    ["standby", "read", true],
    ["read-only", "read", true],
    ["prefer-standby", "read", true],
    ["prefer-standby", "write", false],
  ])("target_session_attrs=%s for a session to %s", async (attribute, access, expected) => {
    const session = await open(both(`?target_session_attrs=${attribute}`), { access });
    expect(await valueOf(session, isStandby)).toBe(expected);
    const reversed = await open(both(`?target_session_attrs=${attribute}`, [server.port, standby.port]), { access });
    expect(await valueOf(reversed, isStandby)).toBe(expected && attribute !== "any");
  });

  it("prefer-standby takes a primary when there is no standby", async () => {
    const session = await open(server.url("postgres", { target_session_attrs: "prefer-standby" }), { access: "read" });
    expect(await valueOf(session, isStandby)).toBe(false);
  });

  it("that all fail are named with their reasons", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const error = await failure(open(both("", [port, standby.port])));
    expect(error.trouble).toBe("unavailable");
    expect(error.message).toBe(
      `127.0.0.1:${port}: connection refused; check that the server runs and listens there; 127.0.0.1:${standby.port}: the database is read-only: it is a standby`,
    );
  });
});

describe("a server", () => {
  it("that accepts connections and is silent is given up after connect_timeout", async () => {
    const silent: Server = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const error = await failure(
      open(`postgres://postgres@127.0.0.1:${port}/postgres?connect_timeout=1&sslmode=disable`),
    );
    expect(error).toMatchObject({ trouble: "unavailable", message: `127.0.0.1:${port}: no response in time` });
    silent.close();
  });

  it("without the database says how to create it", async () => {
    const error = await failure(open(server.url("none")));
    expect(error).toMatchObject({ trouble: "configuration", code: "3D000" });
    expect(error.message).toContain('database "none" does not exist; create it with CREATE DATABASE');
  });
});

describe("a pool", () => {
  it("runs as much at once as it has sessions, and uses them again", async () => {
    const pool = new SessionPool(postgresLocation(server.url()), { applicationName: "pool", access: "read", size: 2 });
    const pids = await Promise.all(
      Array.from({ length: 8 }, () =>
        pool.use((session) => valueOf(session, "SELECT pg_backend_pid() FROM pg_sleep(0.01)")),
      ),
    );
    expect(new Set(pids).size).toBe(2);
    pool.close();
  });

  it("closes a session whose work failed, and goes on with others", async () => {
    const pool = new SessionPool(postgresLocation(server.url()), { applicationName: "pool", access: "read", size: 1 });
    const failed = await failure(pool.use((session) => session.query("BEGIN; SELECT 1/0")));
    expect(failed).toMatchObject({ trouble: "data", code: "22012" });
    const killed = await failure(pool.use((session) => session.query("SELECT pg_terminate_backend(pg_backend_pid())")));
    expect(killed.trouble).toBe("unavailable");
    expect(await pool.use((session) => valueOf(session, "SELECT 1"))).toBe(1);
    pool.close();
  });
});
