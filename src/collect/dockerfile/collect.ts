import type { Dockerfile } from "../../evidence/types.ts";
import { diagnosticsFrom } from "../../ingest/diagnostics.ts";
import { messageOf } from "../../util/errors.ts";
import { type Checkout, createReader } from "../checkout.ts";
import { headOf, type InventoryHead } from "../inventory.ts";
import { isDockerfile, readDockerfile } from "./dockerfile.ts";

/** What the Dockerfiles of a checkout say. The adapter `dockerfile-inventory` reads its JSON. */
export interface DockerfileInventory extends InventoryHead {
  readonly schema: "gate/dockerfiles/v1";
  readonly dockerfiles: readonly Dockerfile[];
}

/** Bytes of a Dockerfile that is read; people write a hundredth of it. */
const MOST_BYTES = 256 << 10;

/**
 * Reads every Dockerfile of a checkout.
 *
 * @throws {GateError} `evidence-unreadable`
 */
export function collectDockerfiles(checkout: Checkout): DockerfileInventory {
  const reader = createReader(checkout.root);
  const reasons = diagnosticsFrom(checkout.reasons);
  const dockerfiles: Dockerfile[] = [];
  for (const entry of checkout.entries) {
    const { path, type } = entry;
    if (!checkout.isWanted(path) || !isDockerfile(path) || type === "submodule") continue;
    // What a link leads to is listed by its own name, where it is part of the checkout.
    if (type === "link") continue;
    const content = reader.read(entry, MOST_BYTES);
    if (content === undefined) reasons.add("not-checked-out", "it is tracked and not in the work tree", path);
    else if (content.text === undefined) {
      reasons.add("not-read", content.binary ? "it is no text" : `it has more than ${MOST_BYTES} bytes`, path);
    } else {
      try {
        dockerfiles.push(readDockerfile(path, content.text).dockerfile);
      } catch (error) {
        reasons.add("not-read", messageOf(error), path);
      }
    }
  }
  return { schema: "gate/dockerfiles/v1", ...headOf(checkout, reasons.list(), []), dockerfiles };
}
