import { generateKeyPairSync } from "node:crypto";
import { readAttestationKey } from "../../src/attest/keys.ts";
import { type AttestationSigner, keySigner } from "../../src/attest/signer.ts";
import { DEFAULT_VERIFIER } from "../../src/attest/statement.ts";
import type { Expectations } from "../../src/attest/verify.ts";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { sampleDecision } from "../audit/fixtures.ts";

export const ARTIFACT = "the artifact\n";
export const COMMIT = "c".repeat(40);
export const RESOURCE = "git+https://github.com/acme/payments";

export const KEY_KINDS = ["Ed25519", "P-256"] as const;

/** A new key, as files hold it. */
export interface TestKeys {
  readonly privatePem: string;
  readonly publicPem: string;
}

export function testKeys(kind: (typeof KEY_KINDS)[number]): TestKeys {
  const pair = kind === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    privatePem: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicPem: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

export function signerOf({ privatePem }: TestKeys): AttestationSigner {
  return keySigner({ text: privatePem, label: "key.pem" }, undefined);
}

export function keyOf({ publicPem }: TestKeys): ReturnType<typeof readAttestationKey> {
  return readAttestationKey({ text: publicPem, label: "key.pub" });
}

/** A decision that lets an artifact and the commit it was made from into production. */
export function allowed(changes: Partial<Decision> = {}): Decision {
  return sampleDecision(7, {
    outcome: "allow",
    exitCode: 0,
    gates: [],
    subject: {
      repository: "github.com/acme/payments",
      commit: COMMIT,
      artifacts: [{ name: "app.tar", digest: sha256(ARTIFACT) }],
      source: "ci",
      dirty: false,
    },
    ...changes,
  });
}

/** What an attestation of {@link allowed} is good for. */
export function expectations(changes: Partial<Expectations> = {}): Expectations {
  return {
    subjects: [[sha256(ARTIFACT)], [`gitCommit:${COMMIT}`]],
    verifier: DEFAULT_VERIFIER,
    resourceUri: RESOURCE,
    environment: "production",
    levels: ["GATE_INTEGRITY_BOUND"],
    now: new Date(allowed().evaluatedAt),
    ...changes,
  };
}

/**
 * A JSON value with one member changed, added or, for `undefined`, taken away.
 *
 * @param path names of members and numbers of elements, `/` between them; names of extensions are in angle brackets
 */
export function withMember(value: unknown, path: string, member: unknown): unknown {
  const copy: unknown = structuredClone(value);
  const names = path.split(/\/(?![^<]*>)/).map((name) => name.replaceAll(/[<>]/g, ""));
  const last = names.pop() ?? "";
  const place = names.reduce<unknown>((found, name) => Reflect.get(Object(found), name), copy);
  if (member === undefined) Reflect.deleteProperty(Object(place), last);
  else Reflect.set(Object(place), last, member);
  return copy;
}
