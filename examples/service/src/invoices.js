/* eslint-disable security/detect-non-literal-fs-filename -- every file name comes from invoicePath() */
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

function invoicePath(dir, id) {
  if (!Number.isSafeInteger(id) || id < 1) throw new RangeError("bad invoice number");
  return join(dir, `invoice-${id}.txt`);
}

export function formatInvoice(order) {
  const lines = order.items.map(
    (item) => `${item.quantity} x ${item.sku} ${money(item.unitCents * item.quantity)}`,
  );
  return [`Invoice ${order.id}`, order.customer, ...lines, `Total ${money(order.total_cents)}`, ""].join("\n");
}

export async function writeInvoice(dir, order) {
  await mkdir(dir, { recursive: true });
  await writeFile(invoicePath(dir, order.id), formatInvoice(order));
}

export async function readInvoice(dir, id) {
  return readFile(invoicePath(dir, id), "utf8");
}

/** The token in a download link. Whoever has it may read the invoice. */
export function invoiceToken(key, id) {
  return createHash("md5").update(`${key}:${id}`).digest("hex");
}

function money(cents) {
  return (cents / 100).toFixed(2);
}
