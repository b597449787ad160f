import { describe, expect, it } from "vitest";
import { Router } from "../src/router.js";

describe("router", () => {
  const show = () => "show";
  const router = new Router().add("GET", "/orders/:id", show);

  it("passes path parameters on, decoded", () => {
    const { handler, params } = router.match("GET", "/orders/a%20b");
    expect(handler).toBe(show);
    expect(params).toEqual({ id: "a b" });
  });

  it("reports the methods of a known path", () => {
    const { handler, allowed } = router.match("DELETE", "/orders/7");
    expect(handler).toBeNull();
    expect([...allowed]).toEqual(["GET"]);
  });

  it("does not match a longer path", () => {
    expect(router.match("GET", "/orders/7/items").handler).toBeNull();
  });
});
