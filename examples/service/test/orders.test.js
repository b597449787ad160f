import { beforeEach, describe, expect, it } from "vitest";
import { openDb } from "../src/db.js";
import { createOrder, getOrder, searchOrders } from "../src/orders.js";

const body = (customer) => ({
  customer,
  country: "FR",
  items: [{ sku: "B-2", unitCents: 5000, quantity: 3 }],
});

describe("orders", () => {
  let db;
  beforeEach(async () => {
    db = await openDb();
  });

  it("stores an order and reads it back", () => {
    const { id, price } = createOrder(db, body("Ada"), new Date(0));
    expect(price.total).toBe(18_000);
    expect(getOrder(db, id)).toMatchObject({ customer: "Ada", total_cents: 18_000 });
  });

  it("refuses an order without items", () => {
    expect(() => createOrder(db, { ...body("Ada"), items: [] })).toThrow();
  });

  it("has no order for an unknown number", () => {
    expect(getOrder(db, 99)).toBeNull();
  });

  it("finds orders by a part of the customer name", () => {
    createOrder(db, body("Ada"));
    createOrder(db, body("Grace"));
    expect(searchOrders(db, "rac").map((row) => row.customer)).toEqual(["Grace"]);
  });
});
