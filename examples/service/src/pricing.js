/** All amounts are whole cents. */
const VAT_PERCENT = new Map([
  ["DE", 19],
  ["FR", 20],
  ["CH", 8.1],
]);

const DISCOUNTS = new Map([
  ["WELCOME10", { percent: 10, minCents: 0 }],
  ["BULK15", { percent: 15, minCents: 50_000 }],
]);

export function subtotal(items) {
  return items.reduce((sum, item) => sum + item.unitCents * item.quantity, 0);
}

export function discount(cents, code) {
  if (!code) return 0;
  const rule = DISCOUNTS.get(code.toUpperCase());
  if (!rule || cents < rule.minCents) return 0;
  return Math.round((cents * rule.percent) / 100);
}

export function shipping(cents, country) {
  if (cents >= 10_000) return 0;
  return country === "CH" ? 1290 : 490;
}

export function priceOrder({ items, country, discountCode }) {
  const goods = subtotal(items);
  const off = discount(goods, discountCode);
  const ship = shipping(goods - off, country);
  const net = goods - off + ship;
  const vat = Math.round((net * (VAT_PERCENT.get(country) ?? 0)) / 100);
  return { goods, discount: off, shipping: ship, vat, total: net + vat };
}
