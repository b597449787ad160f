import { count } from "../output/summary.ts";
import type { Change, ChangeAction, Remedy } from "./model.ts";

/** What has to be done to some things of a kind. */
const ACTION_WORDS = {
  "fix-finding": (number) => (number === 1 ? "fix this finding" : `fix these ${number} findings`),
  "pass-test": (number) => (number === 1 ? "make this test pass" : `make these ${number} tests pass`),
  "add-tests": (number) => `run ${count(number, "more test")}`,
  cover: (number) => `cover ${number} more`,
  "kill-mutant": (number) => (number === 1 ? "test for this mutant" : `test for these ${number} mutants`),
  "state-licence": (number) => `state the licence of ${count(number, "component")}`,
  "identify-component": (number) => `give ${count(number, "component")} a version and a package URL`,
  "remove-component": (number) => `replace or take out ${count(number, "component")}`,
  "state-root": () => "let the bill of materials say what it describes",
  "state-dependencies": () => "let the bill of materials say which component depends on which",
  "remove-item": (number) => (number === 1 ? "do away with this item" : `do away with these ${number} items`),
} as const satisfies Record<ChangeAction, (number: number) => string>;

/** Such as `fix these 2 findings` or `cover 41 more lines and 3 more branches`. */
export function changesInWords(changes: readonly Change[]): string {
  const byAction = Map.groupBy(changes, ({ action }) => action);
  const parts = [...byAction].map(([action, some]) => {
    if (action === "cover") return `cover ${listed(some.map(coverWords))}`;
    const number = some.reduce((sum, change) => sum + (change.count ?? 1), 0);
    return ACTION_WORDS[action](number);
  });
  return listed(parts);
}

function coverWords({ count: number = 0, metric = "lines" }: Change): string {
  const singular = metric === "branches" ? "branch" : metric.replace(/s$/, "");
  return `${number} more ${number === 1 ? singular : metric}`;
}

/** `a`, `a and b`, `a, b and c`. */
function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? "";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

/** One line on what would open a gate. */
export function remedyInWords(remedy: Remedy): string {
  switch (remedy.kind) {
    case "none-needed":
      return "nothing has to";
    case "changes": {
      const words = changesInWords(remedy.changes);
      return remedy.minimal ? words : `${words} (after ${remedy.evaluations} tries; fewer may do)`;
    }
    case "evidence":
      return `provide ${listed(remedy.provide)}`;
    case "not-found":
      return "no change of this evidence that was tried";
    case "unknown":
      return `cannot be told: ${remedy.reason}`;
  }
}
