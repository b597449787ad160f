import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { ORIGIN, temporaryDirectory } from "./fixtures.ts";

let type = 0;

vi.mock("node:fs", async (importOriginal) => ({ ...(await importOriginal<object>()), statfsSync: () => ({ type }) }));

afterEach(() => {
  type = 0;
});

test.skipIf(process.platform !== "linux").each([
  ["NFS", 0x6969],
  ["SMB", 0xfe534d42],
  ["CIFS", 0xff534d42],
  ["FUSE", 0x65735546],
  ["9p", 0x01021997],
])("on %s a log is neither created nor appended to, but can be read", async (name, magic) => {
  using directory = temporaryDirectory();
  const refusal = expect.objectContaining({ code: "audit-write-failed", message: expect.stringContaining(name) });

  type = magic;
  const created = join(directory.path, "new/audit.db");
  await expect(openAuditStore({ path: created, origin: ORIGIN, mode: "append" })).rejects.toThrow(refusal);
  expect(readdirSync(join(directory.path, "new"))).toEqual([]);

  type = 0xef53;
  const path = join(directory.path, "audit.db");
  await (await openAuditStore({ path, origin: ORIGIN, mode: "append" })).close();

  type = magic;
  await expect(openAuditStore({ path, mode: "append" })).rejects.toThrow(refusal);
  const store = await openAuditStore({ path, mode: "read" });
  expect((await store.head()).size).toBe(1);
  await store.close();
});
