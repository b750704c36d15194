import { readFileSync } from "node:fs";
import type { WebhookConfig } from "../../model/notify/webhook.ts";
import { ConfigError } from "../config-error.ts";
import type { FieldPath } from "../options/option.ts";
import type { Settings } from "../options/settings.ts";
import { problemAt } from "../values/schema-issues.ts";
import { isHttpUrl, WEBHOOK_URL_ALLOWED, type WebhookDocument } from "./webhook-schema.ts";

/**
 * Reads the files of the webhooks.
 * @throws {ConfigError} if a file cannot be read, or if a webhook has no URL or two
 */
export function resolveWebhooks(written: readonly WebhookDocument[], settings: Settings): readonly WebhookConfig[] {
  return written.map(({ url, urlFile, secretFile, format, events }, index) => {
    const path = ["webhooks", index] as const;
    if ((url === undefined) === (urlFile === undefined)) {
      throw new ConfigError([problemAt(settings, path, "it needs one URL", "url or urlFile")]);
    }
    const read = (field: "urlFile" | "secretFile", file: string): string =>
      readSecret(settings, [...path, field], file);
    const address = url ?? read("urlFile", urlFile ?? "");
    if (!isHttpUrl(address)) {
      throw new ConfigError([problemAt(settings, [...path, "urlFile"], "the file has no URL", WEBHOOK_URL_ALLOWED)]);
    }
    return {
      url: address,
      format,
      secret: secretFile === undefined ? undefined : read("secretFile", secretFile),
      events,
    };
  });
}

function readSecret(settings: Settings, path: FieldPath, written: string): string {
  const file = settings.file(path, written);
  const fail = (message: string): never => {
    throw new ConfigError([problemAt(settings, path, message, "a file with one line")]);
  };
  try {
    const content = readFileSync(file, "utf8").trim();
    return content === "" ? fail(`${file} is empty`) : content;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    return fail(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  }
}
