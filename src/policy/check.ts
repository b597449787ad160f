import { GateError, type Issue } from "../util/errors.ts";
import {
  type BundleInputs,
  checkParts,
  examplesByGate,
  partsOf,
  readCollections,
  readGates,
  refuseIntruders,
} from "./bundle.ts";
import { gateCapabilities } from "./capabilities.ts";
import { type GateExample, parseExamples } from "./examples.ts";
import { explainCompilerError } from "./explain.ts";
import type { GateDefinition } from "./gate.ts";
import type { PolicyFile, PolicySources } from "./sources.ts";
import type { InspectedModule, RegoModule, RegoToolchain } from "./toolchain/protocol.ts";

/** What {@link checkPolicies} looked at and found. */
export interface PolicyCheck {
  readonly gates: number;
  /** Tests included. */
  readonly modules: number;
  readonly issues: readonly Issue[];
}

/**
 * Everything that loading some policies would refuse, at once, and what does not compile in their tests; nothing is built.
 *
 * @throws {GateError} `toolchain-*` where the toolchain itself gives no answer
 */
export async function checkPolicies(
  { sources, schemas }: BundleInputs,
  toolchain: RegoToolchain,
): Promise<PolicyCheck> {
  const modules = sources.modules.map(toModule);
  const tests = sources.tests.map(toModule);
  const issues: Issue[] = [];
  const collect = (problem: unknown): void => {
    issues.push(...issuesOf(problem));
  };

  const inspected: InspectedModule[] = [];
  await toolchain.inspect([...modules, ...tests]).then(
    (described) => inspected.push(...described.slice(0, modules.length)),
    (error: unknown) => collect(explainCompilerError(error, [])),
  );
  // Nothing is known of what does not parse.
  if (issues.length > 0) return { gates: 0, modules: modules.length + tests.length, issues };

  await attempt(() => refuseIntruders(inspected, sources.owners ?? new Map()), collect);
  const { gates, problems } = readGates(inspected, schemas);
  for (const problem of problems) collect(problem);
  const explain = (error: unknown): void => collect(explainCompilerError(error, gates));
  const capabilities = gateCapabilities(await toolchain.capabilities());
  await attempt(() => checkParts(partsOf(inspected, modules, gates), schemas, capabilities, toolchain), explain);
  // What tests mock may be anything that OPA has.
  const testPaths = new Set(tests.map(({ path }) => path));
  await attempt(
    () => toolchain.check({ modules: [...modules, ...tests], strict: true }),
    (error) => issues.push(...issuesOf(error).filter(({ file }) => file !== undefined && testPaths.has(file))),
  );
  const examples = await readExamples(sources, problems.length === 0 ? gates : undefined);
  issues.push(...examples.issues);
  if (problems.length === 0) {
    await attempt(() => readCollections(sources, gates), collect);
  }
  return { gates: gates.length, modules: modules.length + tests.length, issues };
}

/**
 * The examples that can be read, by the ids of their gates, and what is wrong with the others.
 *
 * @param gates undefined where not all are known, so that examples may be of another
 */
export async function readExamples(
  sources: PolicySources,
  gates: readonly GateDefinition[] | undefined,
): Promise<{ readonly examples: ReadonlyMap<string, readonly GateExample[]>; readonly issues: readonly Issue[] }> {
  const examples = new Map<string, readonly GateExample[]>();
  const issues: Issue[] = [];
  const read = async (file: PolicyFile): Promise<ReadonlyMap<string, readonly GateExample[]>> => {
    if (gates !== undefined) return examplesByGate({ ...sources, examples: [file] }, gates);
    const { gate, examples: cases } = parseExamples(file);
    return new Map([[gate, cases]]);
  };
  for (const file of sources.examples) {
    await attempt(
      async () => {
        for (const [gate, cases] of await read(file)) examples.set(gate, [...(examples.get(gate) ?? []), ...cases]);
      },
      (problem) => issues.push(...issuesOf(problem).map((issue) => ({ file: file.path, ...issue }))),
    );
  }
  return { examples, issues };
}

/** Does something that refuses wrong policies by an error, and hands over the error. */
async function attempt(work: () => unknown, refused: (error: unknown) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    refused(error);
  }
}

/**
 * The places that an error names, or the error itself where it names none.
 *
 * @throws the error where it does not say that policies are wrong
 */
export function issuesOf(error: unknown): readonly Issue[] {
  if (!(error instanceof GateError) || error.code !== "policy-invalid") throw error;
  const { issues, message, hint } = error;
  return issues.length > 0 ? issues : [{ message, ...(hint === undefined ? {} : { hint }) }];
}

function toModule({ path, text }: { readonly path: string; readonly text: string }): RegoModule {
  return { path, source: text };
}
