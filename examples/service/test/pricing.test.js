import { describe, expect, it } from "vitest";
import { discount, priceOrder, shipping, subtotal } from "../src/pricing.js";

const item = (unitCents, quantity) => ({ sku: "A-1", unitCents, quantity });

describe("pricing", () => {
  it("adds up the items", () => {
    expect(subtotal([item(250, 4), item(999, 1)])).toBe(1999);
  });

  it("takes the percentage of a known discount code", () => {
    expect(discount(2000, "welcome10")).toBe(200);
  });

  it("ignores an unknown discount code", () => {
    expect(discount(2000, "NOPE")).toBe(0);
  });

  it("wants the minimum amount for the bulk discount", () => {
    expect(discount(49_999, "BULK15")).toBe(0);
    expect(discount(50_000, "BULK15")).toBe(7500);
  });

  it("ships large orders for free", () => {
    expect(shipping(10_000, "DE")).toBe(0);
    expect(shipping(9_999, "DE")).toBe(490);
    expect(shipping(9_999, "CH")).toBe(1290);
  });

  it("prices a whole order with VAT", () => {
    expect(priceOrder({ items: [item(1000, 2)], country: "DE" })).toEqual({
      goods: 2000,
      discount: 0,
      shipping: 490,
      vat: 473,
      total: 2963,
    });
  });
});
