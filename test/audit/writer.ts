/** Appends sample decisions, one store for each as `gate check` does, and prints one JSON line for each attempt. */
import { openAuditStore } from "../../src/audit/open.ts";
import { messageOf, systemCodeOf } from "../../src/util/errors.ts";
import { ORIGIN, sampleEntry } from "./fixtures.ts";

const [path = "", first = "1", count = "1"] = process.argv.slice(2);

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  try {
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    const { entry, blobs } = sampleEntry(number);
    const started = performance.now();
    const { index } = await store.append(entry, blobs);
    await store.close();
    process.stdout.write(`${JSON.stringify({ number, index, ms: performance.now() - started })}\n`);
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ number, code: systemCodeOf(error), message: messageOf(error) })}\n`);
  }
}
