import { describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { EndpointLookup } from "../../src/mirror/endpoint-lookup.ts";

function lookup(): EndpointLookup {
  const redactor = new HeaderRedactor(Buffer.from("k"));
  return new EndpointLookup((target) => redactor.target(target));
}

describe("the endpoint of a request that is about to be mirrored", () => {
  it("has the name that the comparison gives it, without its query", () => {
    const own = lookup();
    expect(own.endpointOf("default", "GET", "/users/123?tab=1")).toBe("GET /users/{id}");
    expect(own.endpointOf("default", "GET", "/users/456#top")).toBe("GET /users/{id}");
  });

  it("does not show a secret of the path", () => {
    const name = lookup().endpointOf("default", "POST", "/reset-password/hunter2-hunter2");
    expect(name).toBe("POST /reset-password/{id}");
  });

  it("follows configured and learned templates as soon as they change", () => {
    const own = lookup();
    expect(own.endpointOf("default", "GET", "/posts/first")).toBe("GET /posts/first");
    const template = { route: "default", method: "GET", parent: "/posts", parameter: "{post}", literals: [] };
    own.setNaming({ endpoints: ["/tags/{tag}"], templates: [template] });
    expect(own.endpointOf("default", "GET", "/posts/first")).toBe("GET /posts/{post}");
    expect(own.endpointOf("other", "GET", "/posts/first")).toBe("GET /posts/first");
    expect(own.endpointOf("default", "GET", "/tags/red")).toBe("GET /tags/{tag}");
  });
});
