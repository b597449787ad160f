import { versions } from "node:process";
import { describeLinter } from "../../policy/lint/regal.ts";
import { describeToolchain } from "../../policy/load.ts";
import type { CommandContext } from "../context.ts";

/** `gate version`: what this installation is made of; decisions name the same. */
export function version(flags: { readonly json: boolean }, context: CommandContext): void {
  const { installation } = context;
  const toolchain = describeToolchain(installation);
  const linter = describeLinter(installation);
  if (flags.json) {
    const report = { gate: installation.version, build: installation.build, node: versions.node, toolchain, linter };
    context.out(`${JSON.stringify(report, undefined, 2)}\n`);
    return;
  }
  context.out(`gate ${installation.version}, Node.js ${versions.node}\n`);
  context.out(
    toolchain === undefined
      ? "The Rego toolchain was not built.\n"
      : `OPA ${toolchain.opa}, ${toolchain.go}, toolchain sha256:${toolchain.sha256}\n`,
  );
  if (linter !== undefined) {
    context.out(`Regal ${linter.regal} on OPA ${linter.opa}, ${linter.go}, linter sha256:${linter.sha256}\n`);
  }
}
