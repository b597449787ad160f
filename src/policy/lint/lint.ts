import { GateError, type Issue } from "../../util/errors.ts";
import { readEvidenceSchemas, readGates } from "../bundle.ts";
import { issuesOf, readExamples } from "../check.ts";
import { type Diagnostic, type DiagnosticReport, sortDiagnostics } from "../diagnostics.ts";
import type { EvidenceSchemas } from "../input.ts";
import { openToolchain, type PolicySelection, type PolicyServices } from "../load.ts";
import type { PolicySources } from "../sources.ts";
import { ToolchainError } from "../toolchain/error.ts";
import type { InspectedModule, RegoModule } from "../toolchain/protocol.ts";
import { applyIgnores } from "./ignore.ts";
import type { RegalProject } from "./project.ts";
import { type Linter, type LintResult, openLinter, type ParameterRead, type RegalViolation } from "./regal.ts";
import { type GateRule, gateDiagnostic, lintGates, type OwnDiagnostic } from "./rules.ts";
import { type ProjectFiles, readLibraries, readProjects } from "./sources.ts";

/**
 * Holds the folders of a selection against Regal's rules and our own. Libraries that come with gate or in a package are
 * known, and not linted.
 *
 * @throws {GateError} `policy-invalid` for what does not parse, `config-*` for a configuration of Regal's, `toolchain-*`
 */
export async function lintPolicies(selection: PolicySelection, services: PolicyServices): Promise<DiagnosticReport> {
  const { sources, projects } = await readProjects(selection.folders);
  const schemas = await readEvidenceSchemas(services.installation.schemas);
  const linter = openLinter(services.installation);
  const toolchain = await openToolchain(services);
  try {
    const written = [...sources.modules, ...sources.tests];
    const inspected = await toolchain.inspect(written.map(({ path, text }) => ({ path, source: text })));
    const libraries = await readLibraries(inspected, selection, services, toolchain);
    const results: LintResult[] = [];
    for (const project of projects) results.push(await runRegal(project, libraries, linter));
    const own = await lintOwn(
      sources,
      inspected,
      results.flatMap(({ parameters }) => parameters),
      schemas,
    );
    const diagnostics = [
      ...results.flatMap(({ violations }) => violations.map(toDiagnostic)),
      ...applyIgnores(own, written),
    ];
    return { files: written.length, diagnostics: sortDiagnostics(diagnostics) };
  } finally {
    await Promise.all([linter.close(), toolchain.close()]);
  }
}

async function lintOwn(
  sources: PolicySources,
  inspected: readonly InspectedModule[],
  reads: readonly ParameterRead[],
  schemas: EvidenceSchemas,
): Promise<readonly OwnDiagnostic[]> {
  const isTest = new Set(sources.tests.map(({ path }) => path));
  const modules = inspected.filter(({ path }) => !isTest.has(path));
  const { gates, problems } = readGates(modules, schemas);
  const { examples, issues } = await readExamples(sources, problems.length === 0 ? gates : undefined);
  return [
    // A folder of libraries has no gate, and that is no problem here.
    ...problems
      .flatMap(issuesOf)
      .filter(({ file }) => file !== undefined)
      .map(ownDiagnostic("metadata")),
    ...issues.map(ownDiagnostic("examples")),
    ...lintGates({
      modules,
      tests: inspected.filter(({ path }) => isTest.has(path)),
      gates,
      examples,
      reads: reads.filter(({ file }) => !isTest.has(file)),
      texts: new Map([...sources.modules, ...sources.tests].map(({ path, text }) => [path, text])),
    }),
  ];
}

function ownDiagnostic(rule: GateRule): (issue: Issue) => OwnDiagnostic {
  return ({ message, ...place }) => gateDiagnostic(rule, message, place);
}

/** Runs Regal on the files of a project. Places come back with the paths that the user knows. */
async function runRegal(
  { project, files }: ProjectFiles,
  libraries: readonly RegoModule[],
  linter: Linter,
): Promise<LintResult> {
  const paths = new Map(files.map(({ regalPath, file }) => [regalPath, file.path]));
  const { violations, parameters } = await linter
    .lint({
      modules: [
        ...files.map(({ regalPath, file }) => ({ path: regalPath, source: file.text })),
        ...libraries.map(({ path, source }) => ({ path: `/${path}`, source })),
      ],
      config: project.config,
      rules: project.rules,
    })
    .catch((error: unknown) => {
      throw explained(error, project, paths, linter);
    });
  const known = <T extends { readonly file: string }>(found: T): readonly T[] => {
    const file = found.file === "" ? "" : paths.get(found.file);
    return file === undefined ? [] : [{ ...found, file }];
  };
  return { violations: violations.flatMap(known), parameters: parameters.flatMap(known) };
}

/** An error of the linter in words of the user's files; as it is where there is nothing to add. */
function explained(
  error: unknown,
  { path }: RegalProject,
  paths: ReadonlyMap<string, string>,
  { opa }: Linter,
): unknown {
  if (!(error instanceof ToolchainError)) return error;
  if (error.code === "config-invalid" && path !== undefined) {
    return new GateError(error.code, `${path}: ${error.message}`, { cause: error });
  }
  if (error.regoIssues.length === 0) return error;
  const regoIssues = error.regoIssues.map((issue) => ({ ...issue, file: paths.get(issue.file) ?? issue.file }));
  // The toolchain has read these sources before, so it is their syntax that is too new.
  const hint = `It reads Rego as OPA ${opa} does, and this installation compiles with a newer one.`;
  return new ToolchainError("policy-invalid", "Regal cannot read the policies", { regoIssues, hint });
}

function toDiagnostic(violation: RegalViolation): Diagnostic {
  const { rule, category, level, message, file, row, col, endRow, endCol, docs } = violation;
  return {
    rule,
    category,
    level,
    message,
    ...(file !== "" && { file }),
    ...(row > 0 && { row }),
    ...(col > 0 && { column: col }),
    ...(endRow !== undefined && { endRow }),
    ...(endCol !== undefined && { endColumn: endCol }),
    ...(docs !== undefined && { docs }),
  };
}
