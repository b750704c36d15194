import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Config } from "../model/config.ts";
import type { Rule } from "../model/rule.ts";
import type { Status } from "../model/status.ts";
import type { StoreEdit, StoreReader } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { MirrorControl } from "./mirror-control.ts";
import type { RunManager } from "./run-manager.ts";

export interface AdminOptions {
  readonly config: Config;
  readonly runs: RunManager;
  /** Those of the configuration. */
  readonly rules: () => readonly Rule[];
  /** Writes a rule or a review. Fulfilled with why that was not possible, or null. */
  readonly edit: (edit: StoreEdit) => Promise<string | null>;
  /**
   * Opens the database; called when it is first needed, and again after it failed. Throws an error for a person while
   * that is not possible. The reader belongs to the admin listener, which closes it.
   */
  readonly readStore: () => StoreReader;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly status: () => Status;
  readonly control: MirrorControl;
  /** The built dashboard; looked up at each request, so it may be built later. */
  readonly webRoot: string;
  readonly logger: Logger;
}

/** A fastify instance whose routes take zod schemas. */
export type AdminApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;
