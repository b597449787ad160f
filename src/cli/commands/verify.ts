import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isReceipt } from "../../audit/receipt.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { type VerifyReceiptFlags, verifyReceipt } from "./audit/proof.ts";

/** `gate verify`: holds a file that speaks for itself against the keys of who should have made it. */
export function verifyFile(path: string, flags: VerifyReceiptFlags, context: CommandContext): void {
  const text = readText(path, context);
  if (isReceipt(text)) return verifyReceipt(text, path, flags, context);
  throw new GateError("usage", `${path} is nothing that can be verified by itself`, {
    hint: "It verifies receipts of `gate audit prove`.",
  });
}

function readText(path: string, context: CommandContext): string {
  try {
    return readFileSync(resolve(context.cwd, path), "utf8");
  } catch (cause) {
    throw new GateError("usage", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
