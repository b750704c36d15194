import { packageVersion } from "../../lib/versions.ts";
import type { RawHeaders, Role } from "../../model/capture.ts";
import type { SampleDetail } from "../../model/sample.ts";
import { harEntry, harHead } from "../../presentation/exchange/har.ts";

/** Of a request without Host. */
const NO_HOST = "localhost";

/**
 * A HAR with one entry per exchange, in pieces: several would be sent several times by a replay.
 * @param role whose response the entries have; an exchange without it is left out
 */
export async function* harChunks(samples: AsyncIterable<SampleDetail>, role: Role): AsyncGenerator<string> {
  const { version, creator } = harHead(packageVersion());
  yield `{"log":{"version":${JSON.stringify(version)},"creator":${JSON.stringify(creator)},"entries":[\n`;
  let isFirst = true;
  for await (const sample of samples) {
    const leg = sample.legs[role];
    if (leg === null) continue;
    yield `${isFirst ? "" : ","}${JSON.stringify(harEntry(sample, role, leg, originOf(sample.headers)))}\n`;
    isFirst = false;
  }
  yield "]}}\n";
}

/** The store does not know with which scheme the client came. */
function originOf(headers: RawHeaders): string {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === "host");
  return `http://${(at === -1 ? "" : headers[at + 1]) || NO_HOST}`;
}
