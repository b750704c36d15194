import { describe, expect, it } from "vitest";
import { parsePostgresUrl } from "../../../src/config/values/postgres-url.ts";
import { describeLocation, type PostgresLocation } from "../../../src/model/store/store-location.ts";

function parsed(url: string): PostgresLocation {
  const result = parsePostgresUrl(url);
  if ("problem" in result) throw new Error(result.problem);
  return result.value;
}

describe("a connection URL of PostgreSQL", () => {
  it("with everything in its place", () => {
    expect(parsed("postgres://ann:p%40ss%3A@db.example:6543/counts")).toMatchObject({
      hosts: [{ host: "db.example", port: 6543 }],
      user: "ann",
      password: "p@ss:",
      database: "counts",
      schema: undefined,
      sessionAttribute: "any",
      tls: { mode: "prefer" },
      connectTimeoutMs: 5000,
    });
  });

  it.each<[string, string, PostgresLocation["hosts"]]>([
    ["nothing", "postgresql://", [{ host: "localhost", port: 5432 }]],
    [
      "several hosts",
      "postgres://a:1,b,[::1]:3/d",
      [
        { host: "a", port: 1 },
        { host: "b", port: 5432 },
        { host: "::1", port: 3 },
      ],
    ],
    ["a Unix socket", "postgres://u@%2Fvar%2Frun/d", [{ host: "/var/run", port: 5432 }]],
    [
      "host and port as parameters",
      "postgres:///d?host=/var/run,b&port=5433",
      [
        { host: "/var/run", port: 5433 },
        { host: "b", port: 5433 },
      ],
    ],
  ])("names hosts by %s", (_, url, hosts) => {
    expect(parsed(url).hosts).toEqual(hosts);
  });

  it("takes the parameters of libpq", () => {
    const query =
      "sslmode=verify-full&sslrootcert=ca.pem&sslcert=c.pem&sslkey=k.pem&target_session_attrs=prefer-standby&schema=team_a" +
      "&connect_timeout=7&application_name=x%20y&options=-c%20geqo%3Doff&passfile=/p&user=ann&password=s%26t&dbname=d";
    expect(parsed(`postgres://h/?${query}`)).toMatchObject({
      user: "ann",
      password: "s&t",
      database: "d",
      passFile: "/p",
      schema: "team_a",
      sessionAttribute: "prefer-standby",
      connectTimeoutMs: 7000,
      applicationName: "x y",
      options: "-c geqo=off",
      tls: { mode: "verify-full", rootCertFile: "ca.pem", certFile: "c.pem", keyFile: "k.pem" },
    });
  });

  it("verifies the certificate when a root is named with sslmode=require, like libpq", () => {
    expect(parsed("postgres://h/d?sslmode=require&sslrootcert=ca.pem").tls.mode).toBe("verify-ca");
    expect(parsed("postgres://h/d?sslmode=require&sslrootcert=system").tls).toMatchObject({
      mode: "verify-ca",
      rootCertFile: undefined,
    });
    expect(parsed("postgres://h/d?sslmode=require").tls.mode).toBe("require");
  });

  it.each<[string, string, string]>([
    ["an unknown parameter", "postgres://h/d?ssl_mode=require", 'unknown parameter "ssl_mode"; did you mean sslmode?'],
    [
      "an unknown word",
      "postgres://h/d?sslmode=requires",
      '"requires" is not a valid sslmode in the URL of the database; did you mean require?',
    ],
    ["a port", "postgres://h:70000/d", 'port "70000" in the URL of the database is not 1 to 65535'],
    ["an @ in a password", "postgres://u:p@ss@h/d", "malformed"],
    ["a bad escape", "postgres://u:p%zz@h/d", "invalid %-escape"],
    ["two schemas", "postgres://h/d?search_path=a,b", "must be one name"],
    ["half a certificate", "postgres://h/d?sslcert=c", "sslcert and sslkey in the URL of the database belong together"],
    ["ports without hosts", "postgres:///d?host=a,b,c&port=1,2", "3 hosts and 2 ports"],
    ["no timeout", "postgres://h/d?connect_timeout=0", "1 to 300"],
    ["an empty parameter", "postgres://h/d?schema=", "schema in the URL of the database is empty"],
  ])("is rejected with %s", (_, url, problem) => {
    const result = parsePostgresUrl(url);
    expect(result).toEqual({ problem: expect.stringContaining(problem) as unknown });
    expect(JSON.stringify(result)).not.toMatch(/p@ss|p%zz/);
  });

  it("is shown without its password", () => {
    expect(describeLocation(parsed("postgres://ann:secret@a:1,[::1]:2,%2Frun/d?schema=s&password=secret"))).toBe(
      "postgres://ann@a:1,[::1]:2,/run/.s.PGSQL.5432/d?schema=s",
    );
  });
});
