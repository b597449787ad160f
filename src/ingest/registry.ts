import type { EvidenceAdapter } from "./adapter.ts";
import { cyclonedxJson } from "./cyclonedx-json/index.ts";
import { istanbulSummary } from "./istanbul-summary/index.ts";
import { junit } from "./junit/index.ts";
import { lcov } from "./lcov/index.ts";
import { sarif } from "./sarif/index.ts";

/** Every format that can be read. Of two adapters that are equally sure of a file the first one gets it. */
export const ADAPTERS = [
  sarif,
  junit,
  istanbulSummary,
  lcov,
  cyclonedxJson,
] as const satisfies readonly EvidenceAdapter[];
