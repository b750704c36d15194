import { describe, expect, it } from "vitest";
import { headerLines, readText } from "../read-recorded.ts";

describe("lists of URLs", () => {
  it("have paths or absolute URLs, methods, comments and empty lines", async () => {
    const { requests, problems, format } = await readText(`# smoke test
/users?page=2
HEAD /users
https://Shop.example:8443/a/b?c#top

DELETE\thttp://shop.example
`);
    expect(problems).toEqual([]);
    expect(format).toBe("urls");
    expect(requests.map(({ method, target, place }) => [method, target, place])).toEqual([
      ["GET", "/users?page=2", "stdin:2"],
      ["HEAD", "/users", "stdin:3"],
      ["GET", "/a/b?c", "stdin:4"],
      ["DELETE", "/", "stdin:6"],
    ]);
    expect(requests.map(headerLines)).toEqual([[], [], ["Host: Shop.example:8443"], ["Host: shop.example"]]);
    expect(requests).toMatchObject([{ at: null, lane: null }, {}, {}, {}]);
  });

  it("encode characters outside ASCII", async () => {
    const { requests } = await readText("/straße?q=日\n");
    expect(requests.map(({ target }) => target)).toEqual(["/stra%C3%9Fe?q=%E6%97%A5"]);
  });

  it.each([
    ["shop.example/a", "is neither a path nor an absolute URL"],
    ["GET /a HTTP/1.1", "is neither a URL nor a method and a URL"],
    ["http://user:secret@shop.example/", "is not a host"],
    ["http:///a", "is not a host"],
    ["/a\u0000b", "has forbidden characters"],
    ["GET *", "the target of GET is *"],
  ])("count %j as broken", async (line, problem) => {
    const { requests, problems } = await readText(`/\n${line}\n`);
    expect(requests.length).toBe(1);
    expect(problems).toEqual([{ place: "stdin:2", problem: expect.stringContaining(problem) as string }]);
  });

  it("count other schemes, WebSockets and CONNECT as not replayable", async () => {
    const { progress } = await readText("/\nftp://a/\nwss://a/\nCONNECT http://a/\nOPTIONS *\n");
    expect(progress).toMatchObject({ read: 2, broken: 0, skipped: { scheme: 1, upgrade: 1, method: 1 } });
  });
});
