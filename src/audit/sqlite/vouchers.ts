import type { Voucher, VoucherKind } from "../store.ts";
import type { StoreDatabase } from "./open.ts";

/** The first version of the schema that has vouchers. */
const SINCE = 3;

/** Those of a kind, that of the largest tree first; a log of an earlier version has none. */
export function* vouchersIn(database: StoreDatabase, kind: VoucherKind): Iterable<Voucher> {
  if (Number(database.pragma("user_version", { simple: true })) < SINCE) return;
  const query = "SELECT size, kind, name, material FROM voucher WHERE kind = ? ORDER BY size DESC, name";
  yield* database.prepare<[string], Voucher>(query).iterate(kind);
}

/** Keeps a voucher inside of the caller's transaction; one that is there already stays as it is. */
export function keepVoucher(database: StoreDatabase, { size, kind, name, material }: Voucher): void {
  const find = database.prepare("SELECT 1 FROM voucher WHERE size = ? AND kind = ? AND name = ?");
  if (find.get(size, kind, name) !== undefined) return;
  database
    .prepare("INSERT INTO voucher (size, kind, name, material) VALUES (?, ?, ?, ?)")
    .run(size, kind, name, material);
}
