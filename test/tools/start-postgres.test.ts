import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TestAuthority } from "./certificates.ts";
import { startPostgres, type Postgres } from "./start-postgres.ts";

const MEGABYTE = 1024 * 1024;

describe("startPostgres", () => {
  const authority = new TestAuthority();
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres({
      isDurable: true,
      certificate: authority.issue("server", "IP:127.0.0.1"),
      authentication: ["host all with_password 127.0.0.1/32 scram-sha-256"],
      settings: { wal_sender_timeout: "7s" },
    });
  });
  afterAll(async () => {
    await server.remove();
    authority.remove();
  });

  it("runs version 15 or later with the settings of the test", async () => {
    expect(Number(await server.sql("SHOW server_version_num"))).toBeGreaterThanOrEqual(150_000);
    expect(await server.sql("SHOW wal_sender_timeout")).toBe("7s");
    expect(await server.sql("SHOW fsync")).toBe("on");
    expect(await server.sql("SHOW server_encoding")).toBe("UTF8");
  });

  it("gives each test a database of its own, empty or a copy", async () => {
    const one = await server.createDatabase();
    await server.sql("CREATE TABLE thing AS SELECT 7 AS id", one);
    const copy = await server.createDatabase(one);
    const empty = await server.createDatabase();
    expect(await server.sql("SELECT id FROM thing", copy)).toBe("7");
    await expect(server.sql("SELECT id FROM thing", empty)).rejects.toThrow('relation "thing" does not exist');
  });

  it("checks the passwords that a test asks for", async () => {
    await server.sql("CREATE ROLE with_password LOGIN PASSWORD 'right'");
    const url = (password: string): string => server.url().replace("postgres@", `with_password:${password}@`);
    expect(await server.sqlAt(url("right"), "SELECT current_user")).toBe("with_password");
    await expect(server.sqlAt(url("wrong"), "SELECT 1")).rejects.toThrow("password authentication failed");
  });

  it("offers TLS with the certificate", async () => {
    const url = server.url("postgres", { sslmode: "verify-full", sslrootcert: authority.caFile });
    expect(await server.sqlAt(url, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).toBe("t");
  });

  it("keeps what was committed when it stops like after a crash", async () => {
    await server.sql("CREATE TABLE kept AS SELECT 5 AS id");
    await server.stop("immediate");
    await expect(server.sql("SELECT 1")).rejects.toThrow("No such file or directory");
    await server.start();
    expect(await server.sql("SELECT id FROM kept")).toBe("5");
  });

  it("has a standby that follows it and takes over", async () => {
    const standby = await server.startStandby();
    try {
      await server.sql("CREATE TABLE followed AS SELECT 3 AS id");
      await vi.waitFor(async () => expect(await standby.sql("SELECT id FROM followed")).toBe("3"), { timeout: 20_000 });
      await expect(standby.sql("INSERT INTO followed VALUES (4)")).rejects.toThrow("read-only transaction");
      await standby.promote();
      await standby.sql("INSERT INTO followed VALUES (4)");
      expect(await standby.sql("SELECT sum(id) FROM followed")).toBe("7");
    } finally {
      await standby.remove();
    }
  });

  it("runs out of disk at the size that a test sets", async () => {
    const small = await startPostgres({
      diskBytes: 128 * MEGABYTE,
      settings: { max_wal_size: "32MB", min_wal_size: "32MB" },
    });
    try {
      const fill = "CREATE TABLE filler AS SELECT repeat('x', 1000) FROM generate_series(1, 200000)";
      await expect(small.sql(fill)).rejects.toThrow(/No space left on device|server closed the connection/);
    } finally {
      await small.remove();
    }
  });
});
