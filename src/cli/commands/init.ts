import { existsSync } from "node:fs";
import { join } from "node:path";
import { CONFIG_NAME } from "../../config/load.ts";
import { GateError } from "../../util/errors.ts";
import type { CommandContext } from "../context.ts";
import { writeOutput } from "../write-file.ts";

/** `gate init`: a configuration to start from. */
export async function init(flags: { readonly force: boolean }, context: CommandContext): Promise<void> {
  if (existsSync(join(context.cwd, CONFIG_NAME)) && !flags.force) {
    throw new GateError("usage", `${CONFIG_NAME} exists already`, { hint: "Pass --force to replace it." });
  }
  await writeOutput(context.cwd, CONFIG_NAME, STARTER);
  context.out(
    `Wrote ${CONFIG_NAME}. Next: name your evidence files in it, then run \`gate check --env development\`.\n`,
  );
}

/** Valid as it stands; a test runs `gate check` on it. */
const STARTER = `# yaml-language-server: $schema=./node_modules/@gate-engine/gate/schemas/config.v1.schema.json
version: 1

# The files that the tools of your pipeline leave behind. A path is a file, a folder or a glob.
# The kind is told from the content; name it where that is not enough:
# sast, dast, sca, secrets, iac, unit-coverage, tests, sbom, ...
evidence:
  - path: reports/*.sarif
  - path: reports/junit.xml
    kind: unit-tests
  - path: coverage/coverage-summary.json
    kind: unit-coverage
  - path: reports/*.cdx.json
    kind: sbom

# A mandatory gate blocks when it is closed; an advisory one asks for an approval.
# Evidence that is missing closes a gate: absence is never a pass.
environments:
  development:
    mandatory: [secrets, tests]
    advisory: [sast, unit-coverage]
    parameters:
      unit-coverage:
        lines: 60 # percent
        branches: 50 # percent

  production:
    mandatory: [secrets, tests, sast, unit-coverage, licences, sbom]
    # What a decision must be able to show: open, bound (evidence and policy belong to this commit) or sealed (signed).
    # Development needs open, every other environment bound, unless it says otherwise.
    # integrity: bound

# Where decisions are recorded. Keep it out of git, and out of the reach of the job's other steps.
audit:
  store: .gate/audit.db
`;
