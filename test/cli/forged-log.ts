import { join } from "node:path";
import { decisionEntry, readDecision, readDecisionLeaf } from "../../src/audit/entry.ts";
import { inputsBlob, readInputs, storedReferences } from "../../src/audit/evidence.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { Blob } from "../../src/audit/store.ts";
import type { DecisionInputs } from "../../src/decision/decide.ts";
import type { Decision } from "../../src/decision/types.ts";

export interface Forged {
  readonly decision: Decision;
  readonly inputs: DecisionInputs;
}

/** Writes `forged.db`: a log without a seam, with the first decision of the folder's log as somebody would have it. */
export async function forgeLog(cwd: string, forge: (honest: Forged) => Forged): Promise<void> {
  const store = await openAuditStore({ path: join(cwd, ".gate/audit.db"), mode: "read" });
  const entry = await store.find("1");
  const blob = entry && (await store.blob(readDecisionLeaf(entry).decision));
  if (entry === undefined || blob === undefined) throw new Error("the log has no decision");
  const honest = readDecision(entry, blob);
  const stored = honest.inputs === null ? undefined : await store.blob(honest.inputs);
  if (stored === undefined) throw new Error("the inputs are not stored");
  const forged = forge({ decision: honest, inputs: readInputs(honest, stored) });
  const recorded = decisionEntry(forged.decision, new Date(honest.evaluatedAt));
  const parts: Blob[] = [];
  for (const { digest } of storedReferences(forged.decision)) {
    const part = digest === forged.decision.inputs ? inputsBlob(forged.inputs) : await store.blob(digest);
    if (part !== undefined) parts.push(part);
  }
  const log = await openAuditStore({ path: join(cwd, "forged.db"), mode: "append" });
  await log.append(recorded.entry, [...recorded.blobs, ...parts]);
  await Promise.all([store.close(), log.close()]);
}
