import { timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { ZodError } from "zod";
import { exportOrders, listExports } from "./exports.js";
import { invoiceToken, readInvoice, writeInvoice } from "./invoices.js";
import { createOrder, getOrder, searchOrders } from "./orders.js";
import { Router } from "./router.js";

const MAX_BODY = 64 * 1024;

class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function readJson(req) {
  let text = "";
  for await (const chunk of req) {
    text += chunk;
    if (text.length > MAX_BODY) throw new HttpError(413, "body too large");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, "body is not JSON");
  }
}

function sameToken(a, b) {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function routes({ db, dataDir, invoiceKey }) {
  return new Router()
    .add("GET", "/health", () => ({ status: "ok" }))
    .add("POST", "/orders", async ({ req }) => {
      const created = createOrder(db, await readJson(req));
      await writeInvoice(dataDir, getOrder(db, created.id));
      return { ...created, token: invoiceToken(invoiceKey, created.id) };
    })
    .add("GET", "/orders", ({ url }) => searchOrders(db, url.searchParams.get("customer") ?? ""))
    .add("GET", "/orders/:id", ({ params }) => {
      const order = getOrder(db, Number(params.id));
      if (!order) throw new HttpError(404, "no such order");
      return order;
    })
    .add("GET", "/invoices/:id", async ({ params, url }) => {
      const id = Number(params.id);
      const token = url.searchParams.get("token") ?? "";
      if (!sameToken(token, invoiceToken(invoiceKey, id))) throw new HttpError(403, "bad token");
      return { text: await readInvoice(dataDir, id) };
    })
    .add("POST", "/exports", async ({ req }) => exportOrders(db, dataDir, await readJson(req)))
    .add("GET", "/exports", () => listExports(dataDir));
}

function statusOf(error) {
  if (error instanceof HttpError) return error.status;
  if (error instanceof ZodError) return 422;
  if (error instanceof RangeError) return 400;
  return 500;
}

export function createApp(options) {
  const router = routes(options);
  return createServer(async (req, res) => {
    let status = 200;
    let body;
    try {
      const url = new URL(req.url, "http://localhost");
      const { handler, params, allowed } = router.match(req.method, url.pathname);
      if (!handler) throw new HttpError(allowed.size > 0 ? 405 : 404, "no such route");
      body = await handler({ req, url, params });
    } catch (error) {
      status = statusOf(error);
      body = { error: status == 500 ? "internal error" : error.message };
      if (status === 500) options.log?.error(error);
    }
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
}
