import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readSchema } from "../config/load.ts";
import type { Person } from "../decision/people.ts";
import { sha256 } from "../evidence/canonical.ts";
import type { Cache } from "../util/cache.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { Trust } from "./keyring.ts";

const SIGNERS_NAME = "allowed_signers";

/** Raised whenever the same bytes are read as something else. */
const CACHE_FORMAT = 1;

/** A file that says whose word counts, from wherever it may be trusted. */
export interface TrustSource {
  /** As it is shown to the user. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

export interface TrustSources {
  /** `trust.yaml`; without one nobody is known. */
  readonly people?: TrustSource;
  /** `allowed_signers`. */
  readonly signers?: TrustSource;
}

/** Paths of the files that say whose word counts, relative to `gate.yaml`. */
export interface TrustPaths {
  readonly people: string;
  /** Default: `allowed_signers`. */
  readonly allowedSigners?: string;
}

/**
 * Reads the list of people and `allowed_signers` where they are there.
 *
 * @param folder where the paths start, absolute
 * @throws {GateError} `trust-invalid` where one cannot be read
 */
export function findTrust(folder: string, paths: TrustPaths): TrustSources {
  const people = sourceIn(folder, paths.people);
  const signers = sourceIn(folder, paths.allowedSigners ?? SIGNERS_NAME);
  return { ...(people === undefined ? {} : { people }), ...(signers === undefined ? {} : { signers }) };
}

/**
 * Everybody whose word counts, from the cache where these very bytes were read before.
 *
 * @param schemas folder of the JSON Schemas
 * @throws {GateError} `trust-invalid` with every problem and its line
 */
export async function loadTrust(sources: TrustSources, schemas: string, cache: Cache): Promise<Trust> {
  const { people, signers } = sources;
  if (people === undefined && signers === undefined) return { people: [], signers: [] };
  const identity = [people, signers].map((source) => [source?.label, source && sha256(source.bytes)]);
  const name = `trust/${CACHE_FORMAT}-${sha256(JSON.stringify(identity)).slice("sha256:".length)}.json`;
  const cached = cache.readJson(name);
  if (isRecord(cached) && Array.isArray(cached["people"]) && Array.isArray(cached["signers"])) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written below, under a digest of the same bytes
    return cached as unknown as Trust;
  }
  const [{ parseTrust }, { parseAllowedSigners }] = await Promise.all([
    import("./people.ts"),
    import("./allowed-signers.ts"),
  ]);
  const trust = {
    people: people === undefined ? [] : parseTrust(people.bytes, people.label, readSchema(schemas, "trust")),
    signers: signers === undefined ? [] : parseAllowedSigners(signers.bytes, signers.label),
  };
  await cache.write(name, JSON.stringify(trust));
  return trust;
}

/** The people as a decision knows them: without their keys, which have done their work by then. */
export function peopleIn({ people }: Trust): readonly Person[] {
  return people.map(({ name, roles, identities }) => ({ name, roles, identities }));
}

function sourceIn(folder: string, label: string): TrustSource | undefined {
  try {
    return { label, bytes: readFileSync(join(folder, label)) };
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GateError("trust-invalid", `${label} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
