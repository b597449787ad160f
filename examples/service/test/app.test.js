import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../src/app.js";
import { openDb } from "../src/db.js";

describe("http", () => {
  let app;
  let base;
  let dataDir;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "orders-"));
    app = createApp({ db: await openDb(), dataDir, invoiceKey: "only-for-tests" });
    await new Promise((done) => app.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${app.address().port}`;
  });

  afterAll(async () => {
    await new Promise((done) => app.close(done));
    await rm(dataDir, { recursive: true });
  });

  const post = (path, text) => fetch(base + path, { method: "POST", body: text });
  const order = { customer: "Ada", country: "DE", items: [{ sku: "A-1", unitCents: 1000, quantity: 2 }] };

  it("answers the health check", async () => {
    const res = await fetch(`${base}/health`);
    expect(await res.json()).toEqual({ status: "ok" });
  });

  it("creates an order and serves its invoice", async () => {
    const { id, token } = await (await post("/orders", JSON.stringify(order))).json();
    const res = await fetch(`${base}/invoices/${id}?token=${token}`);
    expect((await res.json()).text).toContain("Total 29.63");
  });

  it("keeps an invoice from a caller with a wrong token", async () => {
    expect((await fetch(`${base}/invoices/1?token=00`)).status).toBe(403);
  });

  it("answers 400 to a body that is not JSON", async () => {
    expect((await post("/orders", "{")).status).toBe(400);
  });

  it("answers 422 to an order that is not valid", async () => {
    expect((await post("/orders", JSON.stringify({ ...order, country: "Germany" }))).status).toBe(422);
  });

  it("finds an order by number and by customer", async () => {
    const byNumber = await (await fetch(`${base}/orders/1`)).json();
    const byName = await (await fetch(`${base}/orders?customer=Ad`)).json();
    expect(byNumber.items).toEqual(order.items);
    expect(byName.map((row) => row.id)).toEqual([1]);
  });

  it("answers 404 to an unknown order", async () => {
    expect((await fetch(`${base}/orders/99`)).status).toBe(404);
  });

  it("answers 405 to a known path with another method", async () => {
    expect((await fetch(`${base}/health`, { method: "DELETE" })).status).toBe(405);
  });

  it.skip("writes a compressed export", async () => {
    // To do: gzip is missing on the Windows build agents.
    const res = await post("/exports", JSON.stringify({ name: "all" }));
    expect((await res.json()).file).toBe("all.csv.gz");
  });
});
