/** Appends sample decisions through one clone, and prints one JSON line for each attempt. */
import { parseGitLocation } from "../../src/audit/git/location.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { messageOf, systemCodeOf } from "../../src/util/errors.ts";
import { ORIGIN, sampleEntry } from "./fixtures.ts";

const [clone = "", first = "1", count = "1"] = process.argv.slice(2);
const path = parseGitLocation("git:origin", clone, process.env);

for (let number = Number(first); number < Number(first) + Number(count); number++) {
  const { entry, blobs } = sampleEntry(number);
  try {
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    try {
      const { index } = await store.append(entry, blobs);
      process.stdout.write(`${JSON.stringify({ number, index })}\n`);
    } finally {
      await store.close();
    }
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ number, code: systemCodeOf(error), message: messageOf(error) })}\n`);
  }
}
