import { isNode, LineCounter, parseDocument } from "yaml";
import { GateError, messageOf } from "../util/errors.ts";
import type { PolicyFile } from "./sources.ts";

/** A YAML file that stands beside policies, and the places in it. */
export interface PolicyYaml {
  readonly value: unknown;
  /** The line of what is at a path, from 1; the first where there is nothing. */
  readonly rowOf: (keys: readonly (string | number)[]) => number;
}

/**
 * Reads a YAML file that stands beside policies.
 *
 * @param strict whether aliases, and everything that YAML only warns of, are refused as well
 * @throws {GateError} `policy-invalid`
 */
export function readPolicyYaml(file: PolicyFile, { strict }: { readonly strict: boolean }): PolicyYaml {
  try {
    const lines = new LineCounter();
    const document = parseDocument(file.text, { lineCounter: lines });
    const [problem] = strict ? [...document.errors, ...document.warnings] : document.errors;
    if (problem !== undefined) throw problem;
    return {
      value: document.toJS(strict ? { maxAliasCount: 0 } : {}),
      rowOf(keys) {
        const node = keys.length === 0 ? document.contents : document.getIn(keys, true);
        return isNode(node) ? lines.linePos(node.range?.[0] ?? 0).line : 1;
      },
    };
  } catch (cause) {
    throw new GateError("policy-invalid", `${file.path}: ${messageOf(cause)}`, { cause });
  }
}
