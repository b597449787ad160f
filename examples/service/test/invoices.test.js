import { describe, expect, it } from "vitest";
import { formatInvoice, invoiceToken, readInvoice } from "../src/invoices.js";

describe("invoices", () => {
  it("prints one line for each item and the total", () => {
    const order = {
      id: 7,
      customer: "Ada",
      items: [{ sku: "A-1", unitCents: 1000, quantity: 2 }],
      total_cents: 2963,
    };
    expect(formatInvoice(order)).toBe("Invoice 7\nAda\n2 x A-1 20.00\nTotal 29.63\n");
  });

  it("refuses a number that is not a positive integer", async () => {
    await expect(readInvoice("data", NaN)).rejects.toThrow("bad invoice number");
  });

  it("gives each invoice its own token", () => {
    expect(invoiceToken("k", 1)).not.toBe(invoiceToken("k", 2));
  });
});
