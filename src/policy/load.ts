import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Installation } from "../installation.ts";
import { type Cache, openCache } from "../util/cache.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { type BundleInputs, type LocatedBundle, loadBundle, readBundle, readEvidenceSchemas } from "./bundle.ts";
import { type ConftestPolicies, readConftest } from "./conftest/sources.ts";
import type { OpenedPackage } from "./package/open.ts";
import {
  type PolicyFile,
  type PolicyFolder,
  type PolicySources,
  readPolicySources,
  withConftest,
  withPackages,
} from "./sources.ts";
import type { RegoToolchain } from "./toolchain/protocol.ts";

/** Which policies a check uses. */
export interface PolicySelection {
  readonly builtin: boolean;
  readonly folders: readonly PolicyFolder[];
  /** Default: none. */
  readonly packages?: readonly OpenedPackage[];
  /** Default: none. */
  readonly conftest?: ConftestPolicies;
}

export interface PolicyServices {
  readonly installation: Installation;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly cacheFolder: string | undefined;
}

/** Names the bundle of the policies as they ship, so that their sources need not be read to know it. */
const SHIPPED_POINTER = "shipped.json";

/** Loads policies, compiled; the compiler runs only for sources that it has not seen. */
export async function loadPolicies(selection: PolicySelection, services: PolicyServices): Promise<LocatedBundle> {
  const { installation } = services;
  if (isShipped(selection) && !installation.fromSource) {
    const built = openCache(installation.builtBundles);
    const pointer = built.readJson(SHIPPED_POINTER);
    const shipped = isRecord(pointer) ? readBundle(built, String(pointer["digest"])) : undefined;
    if (shipped !== undefined) return shipped;
  }
  const inputs = await bundleInputs(selection, services);
  return loadBundle(inputs, bundleCaches(services), () => openToolchain(services));
}

/**
 * Loads policies whose sources were read already, compiled.
 *
 * @param toolchain is called only for sources that were not compiled before, and closed afterwards
 */
export async function loadSources(
  sources: PolicySources,
  services: PolicyServices,
  toolchain: () => Promise<RegoToolchain>,
): Promise<LocatedBundle> {
  const schemas = await readEvidenceSchemas(services.installation.schemas);
  return loadBundle(
    { sources, schemas, toolchainIdentity: identifyToolchain(services) },
    bundleCaches(services),
    toolchain,
  );
}

/** The compiled form of policies that were loaded here before, by their digest; undefined where it was not kept. */
export function findPolicies(digest: string, services: PolicyServices): LocatedBundle | undefined {
  for (const cache of bundleCaches(services)) {
    const found = readBundle(cache, digest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function bundleCaches({ installation, cacheFolder }: PolicyServices): readonly Cache[] {
  const built = openCache(installation.builtBundles);
  return cacheFolder === undefined ? [built] : [built, openCache(join(cacheFolder, "bundles"))];
}

function isShipped({ builtin, folders, packages = [], conftest }: PolicySelection): boolean {
  return builtin && folders.length === 0 && packages.length === 0 && conftest === undefined;
}

/** Compiles the policies that ship with the product into the installation; the package's build calls it. */
export async function compileShipped(services: PolicyServices): Promise<void> {
  const { installation } = services;
  const inputs = await bundleInputs({ builtin: true, folders: [] }, services);
  const cache = openCache(installation.builtBundles);
  const { bundle } = await loadBundle(inputs, [cache], () => openToolchain(services));
  await cache.write(SHIPPED_POINTER, JSON.stringify({ digest: bundle.digest }));
}

/** What some policies are compiled from, and with. */
export async function bundleInputs(selection: PolicySelection, services: PolicyServices): Promise<BundleInputs> {
  const { installation } = services;
  const toolchainIdentity = identifyToolchain(services);
  const { builtin, folders, packages = [], conftest } = selection;
  const none = !builtin && folders.length === 0;
  const onlyOthers = none && (packages.length > 0 || conftest !== undefined);
  const [sources, schemas, read] = await Promise.all([
    onlyOthers ? readPolicySources([]) : readSelectedSources(selection, installation),
    readEvidenceSchemas(installation.schemas),
    readPackages(packages, services, toolchainIdentity),
  ]);
  const all = read.length === 0 ? sources : withPackages(sources, read);
  if (conftest === undefined) return { sources: all, schemas, toolchainIdentity };
  const beside = readConftest(conftest, installation.parsers.wasm);
  return { sources: withConftest(all, beside), schemas, toolchainIdentity };
}

/** The files of packages whose signatures are good. The compiler is opened once, and only where one was not read before. */
async function readPackages(
  packages: readonly OpenedPackage[],
  services: PolicyServices,
  identity: string,
): Promise<readonly { readonly label: string; readonly files: readonly PolicyFile[] }[]> {
  if (packages.length === 0) return [];
  const { readPackage } = await import("./package/read.ts");
  const cache = openCache(services.cacheFolder);
  let toolchain: Promise<RegoToolchain> | undefined;
  const open = (): Promise<RegoToolchain> => (toolchain ??= openToolchain(services));
  try {
    const read = packages.map(async (opened) => ({
      label: opened.label,
      files: (await readPackage(opened, cache, identity, open)).files,
    }));
    return await Promise.all(read);
  } finally {
    await (await toolchain)?.close();
  }
}

/** Reads the sources of a selection's folders. */
export function readSelectedSources(selection: PolicySelection, installation: Installation): Promise<PolicySources> {
  const builtin = selection.builtin ? [{ path: installation.policies, label: "builtin" }] : [];
  const folders = [...builtin, ...selection.folders];
  if (folders.length === 0) {
    throw new GateError("policy-not-found", "gate.yaml uses no policies", {
      hint: "Set `policy.builtin: true`, or name folders in `policy.paths` or packages in `policy.packages`.",
    });
  }
  return readPolicySources(folders);
}

/**
 * The toolchain in its child process, or an `opa` binary where that was asked for or the module was not built.
 *
 * @param busy whether it will get many requests, which is worth a slower start; default: false
 */
export async function openToolchain(services: PolicyServices, busy = false): Promise<RegoToolchain> {
  const { installation } = services;
  const binary = opaBinary(services);
  if (binary !== undefined) {
    const { createOpaBinaryToolchain } = await import("./toolchain/opa-binary.ts");
    return createOpaBinaryToolchain({ path: binary });
  }
  if (describeToolchain(installation) === undefined) {
    throw new GateError("toolchain-missing", "the Rego toolchain is not part of this installation", {
      hint: "Run `npm run build` with Go installed, or set GATE_OPA to the path of an opa binary.",
    });
  }
  const { createToolchain } = await import("./toolchain/client.ts");
  return createToolchain({ wasm: installation.toolchain.wasm, child: installation.toolchain.child, busy });
}

/** What the compiled form of a policy depends on besides its source, without loading the compiler. */
function identifyToolchain(services: PolicyServices): string {
  const binary = opaBinary(services);
  if (binary === undefined) {
    const description = describeToolchain(services.installation);
    return description === undefined ? "none" : `sha256:${description.sha256}`;
  }
  // Its size and age tell two versions at the same path apart, and asking it would take longer than a whole check.
  const { size, mtimeMs } = statSync(binary, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
  return `binary ${binary} ${size} ${mtimeMs}`;
}

/** `GATE_OPA`, or `opa` on the path where the module was not built. */
function opaBinary({ installation, variables }: PolicyServices): string | undefined {
  const named = variables["GATE_OPA"]?.trim();
  if (named !== undefined && named !== "") return named;
  if (describeToolchain(installation) !== undefined) return undefined;
  const folders = variables["PATH"]?.split(delimiter) ?? [];
  return folders.map((folder) => join(folder, "opa")).find((path) => existsSync(path));
}

/** What the module in this installation is made of. */
export interface ToolchainDescription {
  readonly opa: string;
  readonly go: string;
  /** Of the module, in hexadecimal. */
  readonly sha256: string;
}

/** The description that was written with the module; undefined where it was not built. */
export function describeToolchain({ toolchain }: Installation): ToolchainDescription | undefined {
  try {
    const { opa, go, sha256 }: Partial<ToolchainDescription> = JSON.parse(readFileSync(toolchain.manifest, "utf8"));
    return opa === undefined || go === undefined || sha256 === undefined ? undefined : { opa, go, sha256 };
  } catch {
    return undefined;
  }
}
