import { readFileSync } from "node:fs";
import type { Installation } from "../../installation.ts";
import { GateError } from "../../util/errors.ts";
import { openChannel } from "../toolchain/client.ts";
import type { RegoModule } from "../toolchain/protocol.ts";

/** What the linter in this installation is made of. */
export interface LinterDescription {
  readonly regal: string;
  /** The version of OPA that sources are read with. */
  readonly opa: string;
  readonly go: string;
  /** Of the module, in hexadecimal. */
  readonly sha256: string;
}

/** A request of {@link Linter}. Paths start with a slash, which is the root of the project. */
export interface LintRequest {
  readonly modules: readonly RegoModule[];
  /** A configuration of Regal's, in YAML or JSON. */
  readonly config: string;
  /** Rules of the project's own, for Regal. */
  readonly rules: readonly RegoModule[];
}

/** What a rule of Regal's found. Rows and columns count from 1; 0 means that there is no place. */
export interface RegalViolation {
  readonly rule: string;
  readonly category: string;
  readonly level: "error" | "warning";
  readonly message: string;
  readonly file: string;
  readonly row: number;
  readonly col: number;
  readonly endRow?: number;
  readonly endCol?: number;
  readonly docs?: string;
}

/** A place that reads `data.params["<gate>"].<name>`, also through a name that stands for the first part of it. */
export interface ParameterRead {
  readonly file: string;
  readonly row: number;
  readonly col: number;
  /** Absent where the parameters of any gate may be meant. */
  readonly gate?: string;
  /** Absent where any parameter of the gate may be meant. */
  readonly name?: string;
}

export interface LintResult {
  readonly violations: readonly RegalViolation[];
  readonly parameters: readonly ParameterRead[];
}

/**
 * Regal. The first request takes seconds, because Regal's own rules are compiled then.
 *
 * Requests reject with a {@link GateError}: `policy-invalid` for sources that its version of OPA cannot read,
 * `config-invalid` for a configuration that it refuses, `toolchain-*` where it gives no answer.
 */
export interface Linter {
  /** The version of OPA that it reads sources with. */
  readonly opa: string;
  lint(request: LintRequest): Promise<LintResult>;
  close(): Promise<void>;
}

/** Two hundred files take a quarter of a minute, and a machine of a CI service is slower than a developer's. */
const TIMEOUT_MS = 600_000;

/** @throws {GateError} `toolchain-missing` where the linter was not built */
export function openLinter(installation: Installation): Linter {
  const description = describeLinter(installation);
  if (description === undefined) {
    throw new GateError("toolchain-missing", "the linter is not part of this installation", {
      hint: "Run `npm run build` with Go installed.",
    });
  }
  const { linter, toolchain } = installation;
  const channel = openChannel<LintRequest & { readonly op: "lint" }>({
    wasm: linter.wasm,
    child: toolchain.child,
    timeoutMs: TIMEOUT_MS,
    // Unlike the toolchain's requests, this one runs long enough for V8's optimisation to pay.
    busy: true,
  });
  return {
    opa: description.opa,
    lint: (request) => channel.request({ ...request, op: "lint" }),
    close: channel.close,
  };
}

/** The description that was written with the linter; undefined where it was not built. */
export function describeLinter({ linter }: Installation): LinterDescription | undefined {
  try {
    const { regal, opa, go, sha256 }: Partial<LinterDescription> = JSON.parse(readFileSync(linter.manifest, "utf8"));
    if (regal === undefined || opa === undefined || go === undefined || sha256 === undefined) return undefined;
    return { regal, opa, go, sha256 };
  } catch {
    return undefined;
  }
}
