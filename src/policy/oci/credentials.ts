import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The user name by which a helper says that the password is a token of an identity service. */
const IDENTITY_TOKEN_USER = "<token>";
const HELPER_TIMEOUT_MS = 30_000;
const HELPER_NAME = /^[a-z0-9][a-z0-9._-]*$/i;

/**
 * The credentials that `docker login` left for a registry: in `config.json` of `DOCKER_CONFIG` or `~/.docker`, or with the
 * credential helper that the file names.
 *
 * @returns undefined where there are none
 * @throws {GateError} `registry-failed` where the file or the helper's answer cannot be used
 */
export async function findCredentials(
  registry: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | undefined> {
  const config = readConfig(variables);
  if (config === undefined) return undefined;
  const names = [registry, `https://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`];
  if (registry === "docker.io") names.push("https://index.docker.io/v1/");
  const helpers = isRecord(config["credHelpers"]) ? config["credHelpers"] : {};
  const helper = names.map((name) => helpers[name]).find((found) => found !== undefined) ?? config["credsStore"];
  if (typeof helper === "string" && helper !== "") {
    for (const name of names) {
      const found = await askHelper(helper, name, variables);
      if (found !== undefined) return found;
    }
  }
  const auths = isRecord(config["auths"]) ? config["auths"] : {};
  const entry = names.map((name) => auths[name]).find((found) => isRecord(found));
  return isRecord(entry) ? fromEntry(entry, registry) : undefined;
}

function readConfig(
  variables: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, unknown>> | undefined {
  const folder = variables["DOCKER_CONFIG"] || join(variables["HOME"] || homedir(), ".docker");
  const path = join(folder, "config.json");
  try {
    const config: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (isRecord(config)) return config;
  } catch (cause) {
    if (systemCodeOf(cause) === "ENOENT") return undefined;
    throw new GateError("registry-failed", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  throw new GateError("registry-failed", `${path} is not a JSON object`);
}

function fromEntry(entry: Readonly<Record<string, unknown>>, registry: string): Credentials | undefined {
  if (typeof entry["identitytoken"] === "string" && entry["identitytoken"] !== "") throw identityToken(registry);
  const auth = entry["auth"];
  if (typeof auth !== "string" || auth === "") return undefined;
  const [, user, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(auth, "base64").toString("utf8")) ?? [];
  return user === undefined || password === undefined ? undefined : { user, password };
}

/** Docker's protocol for helpers: the server's name on standard input, JSON on standard output. */
async function askHelper(
  helper: string,
  server: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<Credentials | undefined> {
  if (!HELPER_NAME.test(helper)) {
    throw new GateError("registry-failed", `the name of the credential helper is not one: ${helper}`);
  }
  const output = await runHelper(`docker-credential-${helper}`, server, variables);
  if (output === undefined) return undefined;
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    return undefined;
  }
  if (!isRecord(answer) || typeof answer["Username"] !== "string" || typeof answer["Secret"] !== "string") {
    return undefined;
  }
  if (answer["Username"] === IDENTITY_TOKEN_USER) throw identityToken(server);
  return { user: answer["Username"], password: answer["Secret"] };
}

/** Its output; undefined where it says, by its exit code, that it has nothing. */
function runHelper(
  program: string,
  server: string,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...variables }, timeout: HELPER_TIMEOUT_MS, maxBuffer: 1 << 20 };
    const child = execFile(program, ["get"], options, (error, stdout) => {
      if (error === null) return resolve(stdout);
      if (typeof error.code === "number") return resolve(undefined);
      reject(new GateError("registry-failed", `${program} could not be run: ${messageOf(error)}`, { cause: error }));
    });
    child.stdin?.on("error", () => undefined).end(server);
  });
}

function identityToken(registry: string): GateError {
  return new GateError("registry-failed", `the login for ${registry} is an identity token, which is not supported`, {
    hint: "Log in with a user name and an access token.",
  });
}
