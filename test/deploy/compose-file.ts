import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

export const ROOT = join(import.meta.dirname, "../..");

const healthcheck = z.union([
  z.strictObject({
    test: z.tuple([z.literal("CMD")], z.string()),
    interval: z.string(),
    timeout: z.string(),
    retries: z.int(),
  }),
  z.strictObject({ disable: z.literal(true) }),
]);

/** A service, restricted to the parts of the Compose Specification that our file uses, so that a misspelled key is an error. */
const service = z.strictObject({
  build: z.string().optional(),
  profiles: z.tuple([z.enum(["sqlite", "postgres"])]).optional(),
  hostname: z.string().optional(),
  image: z.string(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.strictObject({
        condition: z.enum(["service_started", "service_healthy"]),
        required: z.literal(false).optional(),
      }),
    )
    .optional(),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, "published to this machine only")).optional(),
  networks: z.strictObject({ default: z.strictObject({ aliases: z.tuple([z.string()]) }) }).optional(),
  secrets: z.array(z.string()).optional(),
  volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro)?$/)).optional(),
  healthcheck: healthcheck.optional(),
  mem_limit: z.string().optional(),
  stop_grace_period: z.string().optional(),
  read_only: z.literal(true),
  tmpfs: z.array(z.string()),
  cap_drop: z.tuple([z.literal("ALL")]),
  security_opt: z.tuple([z.literal("no-new-privileges:true")]),
  restart: z.enum(["unless-stopped"]),
});

const compose = z
  .looseObject({
    services: z.record(z.string(), service),
    secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
    volumes: z.record(z.string(), z.null()),
  })
  .refine(
    (file) =>
      Object.keys(file).every((key) => ["services", "secrets", "volumes"].includes(key) || key.startsWith("x-")),
    {
      error: "unknown section",
    },
  );

export type Compose = z.infer<typeof compose>;
export type Service = z.infer<typeof service>;

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** @throws for a key or value outside the parts of the Compose Specification that our file uses */
export function readCompose(): Compose {
  return compose.parse(parse(readText("docker-compose.yml"), { merge: true }));
}

/** The mounts of a service, from `source:target[:ro]`. */
export function mountsOf(service: Service): { source: string; target: string }[] {
  return (service.volumes ?? []).map((volume) => {
    const [source = "", target = ""] = volume.split(":");
    return { source, target };
  });
}

/** The services that Compose starts for a profile. */
export function servicesOf({ services }: Compose, profile: "sqlite" | "postgres"): [string, Service][] {
  return Object.entries(services).filter(([, { profiles }]) => profiles === undefined || profiles[0] === profile);
}

/** The host names under which other services reach a service. */
export function namesOf([name, { networks }]: readonly [string, Service]): string[] {
  return [name, ...(networks?.default.aliases ?? [])];
}
