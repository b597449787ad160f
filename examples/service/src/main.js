import pino from "pino";
import { createApp } from "./app.js";
import { openDb, saveDb } from "./db.js";

const { DB_FILE, INVOICE_KEY, DATA_DIR = "data", PORT = "8080" } = process.env;
const log = pino({ name: "orders-service" });

if (!INVOICE_KEY) {
  log.fatal("INVOICE_KEY is not set");
  process.exit(1);
}

const db = await openDb(DB_FILE);
const app = createApp({ db, dataDir: DATA_DIR, invoiceKey: INVOICE_KEY, log });

app.listen(Number(PORT), () => log.info(`listening on ${PORT}`));

process.on("SIGTERM", () => {
  app.close(() => {
    if (DB_FILE) saveDb(db, DB_FILE);
  });
});
