import type { TestStatus } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { linesIn } from "../lines.ts";
import { earlierOf, instantOf, isObject, type JsonObject, textOf } from "../values.ts";

export interface RawTest {
  readonly name: string;
  readonly output: string[];
  /** Missing where it was started and never ended. */
  status: TestStatus | undefined;
  seconds: number | undefined;
}

export interface RawPackage {
  readonly name: string;
  /** In the order of their ends. */
  readonly tests: RawTest[];
  readonly running: Map<string, RawTest>;
  /** A package without tests is skipped. */
  status: TestStatus | undefined;
  panicked: boolean;
  buildFailed: boolean;
}

export interface RawStream {
  readonly packages: ReadonlyMap<string, RawPackage>;
  readonly buildFailures: readonly string[];
  readonly producedAt: string | undefined;
}

const ENDS = new Map<unknown, TestStatus>([
  ["pass", "passed"],
  ["fail", "failed"],
  ["skip", "skipped"],
]);

/**
 * Reads the events of `go test -json`, one in a line (`go doc cmd/test2json`, with the build events of Go 1.24).
 * Lines that are no JSON objects, such as those of the standard error stream, are passed over with a warning.
 *
 * @throws {FormatError} of every reason but `unsupported-version`; a stream in which a package never ends was cut
 */
export function readStream(bytes: Content, limits: Limits, warnings: DiagnosticList): RawStream {
  const packages = new Map<string, RawPackage>();
  const buildFailures: string[] = [];
  let producedAt: string | undefined;
  let events = 0;
  for (const { text, number } of linesIn(bytes, limits)) {
    if (text.trim() === "") continue;
    if (!text.startsWith("{")) {
      warnings.add("no-event", "the line is no event", `line ${number}`);
      continue;
    }
    const event = readEvent(text, number, limits);
    const action = textOf(event["Action"]);
    if (action === undefined) throw new FormatError("malformed", "the event has no Action", `line ${number}`);
    events++;
    producedAt = earlierOf(producedAt, instantOf(event["Time"]));
    const name = textOf(event["Package"]);
    if (action === "build-fail") buildFailures.push(textOf(event["ImportPath"]) ?? "(no name)");
    if (name === undefined) continue;
    const found = packages.get(name) ?? openPackage(name);
    packages.set(name, found);
    addEvent(found, action, event, limits);
  }
  if (events === 0) throw new FormatError("not-this-format", "there is no event of go test");
  for (const { name, status } of packages.values()) {
    if (status !== undefined) continue;
    throw new FormatError("malformed", `the stream ends before the package ${name.slice(0, 256)} does`);
  }
  return { packages, buildFailures, producedAt };
}

function readEvent(text: string, number: number, limits: Limits): JsonObject {
  try {
    const event = parseJsonDocument(Buffer.from(text), limits);
    if (isObject(event)) return event;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(cause.reason, cause.message, `line ${number}`, cause);
  }
  throw new FormatError("malformed", "the event is not an object", `line ${number}`);
}

function openPackage(name: string): RawPackage {
  return { name, tests: [], running: new Map(), status: undefined, panicked: false, buildFailed: false };
}

function addEvent(found: RawPackage, action: string, event: JsonObject, limits: Limits): void {
  const output = textOf(event["Output"]) ?? "";
  if (output.startsWith("panic: ")) found.panicked = true;
  const name = textOf(event["Test"]);
  const end = ENDS.get(action);
  if (name === undefined) {
    if (end !== undefined) found.status = end;
    if (event["FailedBuild"] !== undefined || output.includes(" [build failed]")) found.buildFailed = true;
    return;
  }
  const test = found.running.get(name) ?? { name, output: [], status: undefined, seconds: undefined };
  if (action === "output") {
    if (isWorthKeeping(output) && test.output.length < limits.stringLength) test.output.push(output);
  }
  if (end === undefined) {
    found.running.set(name, test);
    return;
  }
  test.status = end;
  test.seconds = typeof event["Elapsed"] === "number" ? event["Elapsed"] : undefined;
  // With -count a test starts again under the same name.
  found.running.delete(name);
  found.tests.push(test);
}

/** Not the lines by which the tool says what it does. */
function isWorthKeeping(output: string): boolean {
  return output.trim() !== "" && !/^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)|--- (?:PASS|FAIL|SKIP|BENCH):)/.test(output);
}
