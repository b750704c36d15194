import { describe, expect, it } from "vitest";
import { HeaderRedactor } from "../../src/capture/header-redactor.ts";
import { EndpointLookup } from "../../src/endpoints/endpoint-lookup.ts";
import { pathShape } from "../../src/endpoints/path-shape.ts";

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

describe("the endpoint of a similar path", () => {
  it("is named once for all identifiers, and again when templates change", () => {
    const own = lookup();
    const similar = (target: string): string => own.similarEndpointOf("default", "GET", target);
    expect(["/users/123/posts?a=1", "/users/4/posts#top"].map(similar)).toEqual(Array(2).fill("GET /users/{id}/posts"));
    expect(similar("/v1/users")).not.toBe(similar("/v2/users"));
    expect([similar("/posts/first"), similar("/posts/second")]).toEqual(["GET /posts/first", "GET /posts/second"]);
    own.setNaming({ endpoints: ["/users/{user}/posts"], templates: [] });
    expect(similar("/users/123/posts")).toBe("GET /users/{user}/posts");
  });
});

describe("the shape of a path", () => {
  it.each([
    ["/", "/"],
    ["/users", "/users"],
    ["/users/123", "/users/*"],
    ["/users/123/posts/4?page=5#6", "/users/*/posts/*"],
    ["/users/123/", "/users/*/"],
    ["/12/34", "/*/*"],
    ["/v2/oauth2", "/v2/oauth2"],
    ["/api/v10/7b1f2a33-9b2e", "/api/v10/*"],
    ["/posts/ten-tips-for-2026#c7", "/posts/*"],
    ["//1//", "//*//"],
    ["*", "*"],
    ["", ""],
    ["/search?q=1/2", "/search"],
  ])("%s is %s", (target, shape) => {
    expect(pathShape(target)).toBe(shape);
  });
});
