import type { Diagnostic } from "../evidence/types.ts";
import type { Checkout } from "./checkout.ts";

/** What every inventory says of the checkout that it is of. */
export interface InventoryHead {
  /** As the CI service names it. */
  readonly repository?: string;
  /** The commit that was looked at; missing where the files are of none. */
  readonly commit?: string;
  /** The only folders and files that were looked at; missing where it was everything. */
  readonly paths?: readonly string[];
  /** False where something could not be looked at. */
  readonly complete: boolean;
  /** Why it is not complete. */
  readonly reasons: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/** The head of an inventory of a checkout. */
export function headOf(
  checkout: Checkout,
  reasons: readonly Diagnostic[],
  warnings: readonly Diagnostic[],
): InventoryHead {
  const { repository, commit, paths } = checkout;
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(paths.length === 0 ? {} : { paths }),
    complete: reasons.length === 0,
    reasons,
    warnings: [...checkout.warnings, ...warnings],
  };
}
