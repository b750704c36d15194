import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { curlCommand } from "../../../../web/src/exchange/request/curl-command.ts";

const run = promisify(execFile);

describe("curlCommand", () => {
  it("passes the parts of the request to curl unchanged, shell syntax included", async () => {
    const evil = `'; $(touch /tmp/never) \`id\` "\\ \n!`;
    const command = curlCommand("http://127.0.0.1:8080", {
      method: "PUT",
      target: `/a/../b?q=[1]{2}&x=${evil}`,
      headers: ["X-Evil", evil, "X-Empty", "", "Content-Length", "5", "Accept-Encoding", "gzip"],
    });
    const { stdout } = await run("sh", ["-c", `curl() { printf '%s\\0' "$@"; }; ${command}`]);
    expect(stdout.split("\0").slice(0, -1)).toEqual([
      "-sS",
      "-i",
      "--globoff",
      "--path-as-is",
      "--compressed",
      "-X",
      "PUT",
      "-H",
      `X-Evil: ${evil}`,
      "-H",
      "X-Empty;",
      "-H",
      "Accept-Encoding: gzip",
      `http://127.0.0.1:8080/a/../b?q=[1]{2}&x=${evil}`,
    ]);
  });

  it("omits the mark of mirrored requests and what belongs to the connection", () => {
    const headers = [
      "Shadowdiff-Hop",
      "1",
      "Connection",
      "close, X-Hop",
      "x-hop",
      "1",
      "Keep-Alive",
      "5",
      "Accept",
      "*/*",
    ];
    const more = [
      "Proxy-Connection",
      "close",
      "Trailer",
      "x",
      "Upgrade",
      "h2c",
      "TE",
      "gzip",
      "Transfer-Encoding",
      "chunked",
    ];
    const command = curlCommand("http://a", { method: "GET", target: "/", headers: [...headers, ...more] });
    expect(command.match(/-H '[^']*'/g)).toEqual(["-H 'Accept: */*'"]);
  });
});
