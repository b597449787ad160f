/** Removes every decision's document from a log, and says so once that is done. */
import { openAuditStore } from "../../../src/audit/open.ts";
import { prune } from "../../../src/audit/retention/prune.ts";

const [path = ""] = process.argv.slice(2);

const store = await openAuditStore({ path, mode: "append" });
const reason = { basis: "audit.retention: documents 7y", at: "2034-01-01T00:00:00.000Z", by: "ada@acme.example" };
const { documents } = await prune(store, { documents: new Date("2033-01-01T00:00:00.000Z") }, reason);
process.stdout.write(`${JSON.stringify({ removed: documents.length })}\n`);
await store.close();
