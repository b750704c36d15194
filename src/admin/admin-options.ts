import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { TailSubscription } from "../compare/tail/tail-publisher.ts";
import type { Config } from "../model/config.ts";
import type { DifferingField } from "../model/difference.ts";
import type { LiveRequests, ProbeRunner } from "../model/isolate/probe.ts";
import type { ConfigurationView } from "../model/views/configuration.ts";
import type { Status } from "../model/status.ts";
import type { StoreEdit, StoreReader } from "../store/store.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { MirrorControl } from "./mirror-control.ts";
import type { Scope } from "./session/authenticator.ts";
import type { ReplicaList } from "./replicas/replica-list.ts";
import type { Reports } from "./reports/reports.ts";
import type { RunManager } from "./run-manager.ts";

/** What sends requests again. */
export interface AdminProbes {
  readonly runner: ProbeRunner;
  /** Waits for live requests that show a cause. */
  readonly live: LiveRequests;
  /** The fields of an endpoint that reports do not leave out by rules that are in force now. */
  fieldsInReports(endpoint: string, fields: readonly DifferingField[]): Promise<readonly DifferingField[]>;
}

export interface AdminOptions {
  readonly config: Config;
  readonly runs: RunManager;
  /** The configuration in force; `config` is the one at start. */
  readonly current: () => Config;
  /** The configuration in force, with the source of every option. */
  readonly configuration: () => ConfigurationView;
  /** Writes a rule or a review. Resolves to an error message, or null. */
  readonly edit: (edit: StoreEdit) => Promise<string | null>;
  readonly probes: AdminProbes;
  /** Replaces the tails for which the compare threads select exchanges. */
  readonly watchTails: (subscriptions: readonly TailSubscription[]) => void;
  /**
   * Opens the store for reading. Called with the first query, and again after an error. The admin listener owns the reader
   * and closes it.
   * @throws Error with a readable message, as a rejection
   */
  readonly readStore: () => Promise<StoreReader>;
  /** The admin listener closes it. */
  readonly reports: Reports;
  readonly metrics: (accept?: string) => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly status: () => Status;
  readonly control: MirrorControl;
  readonly replicas: ReplicaList;
  /** Folder of the built dashboard. It is read with each request, so it can be built later. */
  readonly webRoot: string;
  readonly logger: Logger;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Who may call the route; `admin` by default. */
    scope?: Scope;
    /** The route changes nothing, also with POST, so a form of another site may send it. */
    readsOnly?: true;
  }
}

/** Responds to the requests of a listener. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** A fastify instance whose routes use zod schemas. */
export type AdminApp = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;
