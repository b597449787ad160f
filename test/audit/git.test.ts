import { vi } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { ORIGIN } from "./fixtures.ts";
import { gitSite } from "./git-support.ts";
import { type StoreSite, testAuditStore } from "./store-conformance.ts";

// Each append is a commit and a push: a dozen processes of git.
vi.setConfig({ testTimeout: 400_000 });

testAuditStore("git", async (): Promise<StoreSite> => {
  const site = gitSite();
  return {
    open: () => openAuditStore({ path: site.location(), origin: ORIGIN, mode: "append" }),
    [Symbol.asyncDispose]: async () => site[Symbol.dispose](),
  };
});
