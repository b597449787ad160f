import type { StoreLocation } from "../audit/location.ts";
import { verifyStore } from "../audit/verify.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";

/** @throws {GateError} `audit-corrupt` where the log was tampered with: nothing can be concluded from it */
export async function refuseTampered(path: StoreLocation, { installation }: CommandContext): Promise<void> {
  const { verdict, findings } = await verifyStore(path, { worker: installation.auditWorker });
  if (verdict !== "tampered") return;
  throw new GateError("audit-corrupt", `the audit log was tampered with: ${findings[0]?.message ?? "see the log"}`, {
    hint: "Run `gate audit verify`.",
  });
}
