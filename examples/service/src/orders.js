import { z } from "zod";
import { query } from "./db.js";
import { priceOrder } from "./pricing.js";

const OrderInput = z.object({
  customer: z.string().min(1).max(80),
  country: z.string().length(2),
  discountCode: z.string().max(20).optional(),
  items: z
    .array(
      z.object({
        sku: z.string().min(1),
        unitCents: z.number().int().positive(),
        quantity: z.number().int().positive(),
      }),
    )
    .min(1),
});

export function createOrder(db, body, now = new Date()) {
  const input = OrderInput.parse(body);
  const price = priceOrder(input);
  const [row] = query(
    db,
    `INSERT INTO orders (customer, country, items, total_cents, created_at)
     VALUES (?, ?, ?, ?, ?) RETURNING id`,
    [input.customer, input.country, JSON.stringify(input.items), price.total, now.toISOString()],
  );
  return { id: row.id, price };
}

export function getOrder(db, id) {
  const [row] = query(db, "SELECT * FROM orders WHERE id = ?", [id]);
  return row ? { ...row, items: JSON.parse(row.items) } : null;
}

/** Orders of the customers whose name holds `term`. */
export function searchOrders(db, term) {
  return query(
    db,
    "SELECT id, customer, total_cents FROM orders WHERE customer LIKE '%" + term + "%' ORDER BY id",
  );
}
