import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, closeSync, copyFileSync, mkdtempSync, openSync } from "node:fs";
import { readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CertificateFiles } from "./certificates.ts";
import { freePort } from "./free-port.ts";
import { requireTool } from "./require-tool.ts";

const PATIENCE_MS = 60_000;
const POLL_MS = 20;
const HOST = "127.0.0.1";
const SUPERUSER = "postgres";

/** Small, because several files of tests run at once. */
const SETTINGS = {
  shared_buffers: "32MB",
  max_connections: "60",
  max_wal_size: "128MB",
  recovery_init_sync_method: "syncfs",
};
/** Faster; a power failure would lose data. */
const NOT_DURABLE = { fsync: "off", full_page_writes: "off", synchronous_commit: "off" };

export interface PostgresOptions {
  /** Commits are on disk before they are reported. */
  readonly isDurable?: boolean | undefined;
  /** The server offers TLS; clients choose. */
  readonly certificate?: CertificateFiles | undefined;
  /** Lines of pg_hba.conf that come before the one that trusts every local user. */
  readonly authentication?: readonly string[] | undefined;
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** The size of the disk that has the data: a tmpfs, which only root can mount. */
  readonly diskBytes?: number | undefined;
}

/**
 * Starts Debian's PostgreSQL on a free port, with its data in a temporary folder. If root starts it, it runs as the user `postgres`,
 * because PostgreSQL refuses root. It ends with the process that has started it, at the latest.
 * @throws with the command that installs PostgreSQL, or with the log of a server that does not start
 */
export function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const from = ["--auth=trust", "--no-sync", "--no-instructions", "--locale=C.UTF-8", "--encoding=UTF8"];
  return startServer(options, (data) => asPostgres("initdb", [`--pgdata=${data}`, ...from, `--username=${SUPERUSER}`]));
}

async function startServer(options: PostgresOptions, createData: (data: string) => Command): Promise<Postgres> {
  const directory = mkdtempSync(join(tmpdir(), "postgres-"));
  const server = new Postgres({ directory, data: join(directory, "data"), port: await freePort(), options });
  try {
    prepare(server, options, createData);
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

/** Creates the data of a server with its settings. */
function prepare(server: Postgres, options: PostgresOptions, createData: (data: string) => Command): void {
  const { directory, data, port } = server;
  const { uid, gid } = owner();
  run({ program: "chown", args: [`${uid}:${gid}`, directory] });
  if (options.diskBytes !== undefined) {
    const size = `size=${options.diskBytes},uid=${uid},gid=${gid},mode=700`;
    run({ program: "mkdir", args: [data] });
    run({ program: "mount", args: ["-t", "tmpfs", "-o", size, "tmpfs", data] });
  }
  run(createData(data));
  const authentication = readFileSync(join(data, "pg_hba.conf"), "utf8");
  writeFileSync(join(data, "pg_hba.conf"), [...(options.authentication ?? []), authentication].join("\n"));
  if (options.certificate !== undefined) {
    installFile(options.certificate.certFile, join(data, "server.crt"));
    installFile(options.certificate.keyFile, join(data, "server.key"));
  }
  const settings: Record<string, string> = {
    ...SETTINGS,
    ...(options.isDurable === true ? {} : NOT_DURABLE),
    ...(options.certificate === undefined ? {} : { ssl: "on" }),
    ...options.settings,
    listen_addresses: HOST,
    port: String(port),
    unix_socket_directories: directory,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`);
  // The last line of a setting counts.
  appendFileSync(join(data, "postgresql.conf"), lines.join(""));
}

interface ServerFiles {
  readonly directory: string;
  readonly data: string;
  readonly port: number;
  readonly options: PostgresOptions;
}

/** A server of the tests. */
export class Postgres {
  readonly host = HOST;
  readonly port: number;
  /** Has the Unix socket: the host of a connection without TCP. */
  readonly directory: string;
  readonly data: string;
  readonly #options: PostgresOptions;
  #child: ChildProcess | undefined;
  #databases = 0;

  constructor({ directory, data, port, options }: ServerFiles) {
    this.directory = directory;
    this.data = data;
    this.port = port;
    this.#options = options;
  }

  /** @param parameters of the connection, such as `sslmode` */
  url(database = "postgres", parameters: Readonly<Record<string, string>> = {}): string {
    const query = new URLSearchParams(parameters).toString();
    return `postgres://${SUPERUSER}@${HOST}:${this.port}/${database}${query === "" ? "" : `?${query}`}`;
  }

  /**
   * Creates an empty database, or a copy of another one to which no client is connected.
   * @returns its name
   */
  async createDatabase(template = "template1"): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    await this.sql(`CREATE DATABASE ${name} TEMPLATE ${template}`);
    return name;
  }

  /** Runs statements as the superuser with psql. @returns the rows, columns separated by | */
  sql(statements: string, database = "postgres"): Promise<string> {
    const { directory: host, port } = this;
    return this.sqlAt(`postgres://${SUPERUSER}@/${database}?host=${host}&port=${port}`, statements);
  }

  /** Runs statements with psql and with the user and the options of a connection. */
  async sqlAt(url: string, statements: string): Promise<string> {
    const options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "-v", "ON_ERROR_STOP=1"];
    const { stdout } = await promisify(execFile)(programOf("psql"), [...options, "-d", url, "-c", statements]);
    return stdout.trimEnd();
  }

  /** Starts the server again after `stop`. */
  async start(): Promise<void> {
    const log = openSync(this.#log, "a");
    const { program, args } = asPostgres("postgres", ["-D", this.data]);
    const child = spawn(program, args, { stdio: ["ignore", "ignore", log] });
    closeSync(log);
    this.#child = child;
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.#isReady())) {
      if (child.exitCode !== null || performance.now() > deadline) {
        child.kill("SIGQUIT");
        throw new Error(`PostgreSQL did not start:\n${readFileSync(this.#log, "utf8")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /**
   * Ends the server. `fast` ends its connections and writes a checkpoint; `immediate` is like a crash: the next start recovers from
   * the log.
   */
  async stop(mode: "fast" | "immediate" = "fast"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await exit;
  }

  /** Waits until a server in trouble accepts connections again, as its operator would: one that has ended is started. */
  async recover(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.#isReady())) {
      if (this.#child?.exitCode !== null || this.#child.signalCode !== null) return this.start();
      if (performance.now() > deadline)
        throw new Error(`PostgreSQL did not recover:\n${readFileSync(this.#log, "utf8")}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Starts a server that follows this one and answers queries that only read. It has its own disk of the same size. */
  startStandby(): Promise<Postgres> {
    const from = ["-h", this.directory, "-p", String(this.port), "-U", SUPERUSER];
    return startServer(this.#options, (data) =>
      asPostgres("pg_basebackup", [...from, "-D", data, "--checkpoint=fast", "--no-sync", "--write-recovery-conf"]),
    );
  }

  /** Makes a standby the primary. Returns when it accepts writes. */
  async promote(): Promise<void> {
    await this.sql("SELECT pg_promote(true)");
  }

  /** Stops the server and deletes its data. */
  async remove(): Promise<void> {
    await this.stop("immediate");
    if (this.#options.diskBytes !== undefined)
      run({ program: "sh", args: ["-c", 'umount -q "$0" || true', this.data] });
    rmSync(this.directory, { recursive: true, force: true });
  }

  get #log(): string {
    return join(this.directory, "log");
  }

  #isReady(): Promise<boolean> {
    return promisify(execFile)(programOf("pg_isready"), ["-q", "-h", this.directory, "-p", String(this.port)]).then(
      () => true,
      () => false,
    );
  }
}

interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** The programs of one version are in one folder. Debian has a slow script in front of some of them. */
function programOf(name: string): string {
  return join(dirname(realpathSync(requireTool("postgres"))), name);
}

/** A command that runs a program of PostgreSQL as a user that it accepts; a server ends at once when this process ends. */
function asPostgres(name: string, args: readonly string[]): Command {
  const user = isRoot() ? [`--reuid=${SUPERUSER}`, `--regid=${SUPERUSER}`, "--clear-groups"] : [];
  return { program: requireTool("setpriv"), args: [...user, "--pdeathsig=QUIT", programOf(name), ...args] };
}

function owner(): { readonly uid: number; readonly gid: number } {
  if (!isRoot()) return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return { uid: idOfSuperuser("-u"), gid: idOfSuperuser("-g") };
}

function idOfSuperuser(flag: "-u" | "-g"): number {
  return Number(run({ program: "id", args: [flag, SUPERUSER] }));
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** PostgreSQL refuses a key that others can read. */
function installFile(from: string, to: string): void {
  const { uid, gid } = owner();
  copyFileSync(from, to);
  chmodSync(to, 0o600);
  run({ program: "chown", args: [`${uid}:${gid}`, to] });
}

function run({ program, args }: Command): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}
