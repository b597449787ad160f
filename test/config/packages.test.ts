import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import type { Config } from "../../src/config/types.ts";
import { GateError } from "../../src/util/errors.ts";
import { installation } from "../support.ts";

const schema = JSON.parse(readFileSync(join(installation.schemas, "config.v1.schema.json"), "utf8")) as object;
const DIGEST = `sha256:${"a".repeat(64)}`;

function parse(packages: string): Config {
  const text = `version: 1\npolicy:\n  packages:\n${packages}\nenvironments:\n  dev:\n    mandatory: [few]\n`;
  return parseConfig(new TextEncoder().encode(text), "gate.yaml", schema);
}

it("reads packages with their pins, keys and places", () => {
  const { policy } = parse(
    `    - path: a.tar.gz\n      key: team.pub\n      algorithm: PS256\n    - oci: registry.example.com/team/pack:1.4\n      digest: ${DIGEST}`,
  );
  expect(policy.packages).toEqual([
    { kind: "path", name: "a.tar.gz", key: "team.pub", algorithm: "PS256", source: "gate.yaml:4" },
    { kind: "oci", name: "registry.example.com/team/pack:1.4", digest: DIGEST, source: "gate.yaml:7" },
  ]);
});

describe("a package is refused", () => {
  it.each([
    ["without a place", `    - digest: ${DIGEST}`, /4: a package has either `path` or `oci`/],
    [
      "with two places",
      `    - path: a.tar.gz\n      oci: r.example.com/a:1\n      digest: ${DIGEST}`,
      /either `path` or/,
    ],
    ["named twice", "    - path: a.tar.gz\n    - path: a.tar.gz", /5: the package a.tar.gz is named twice/],
    ["in a registry without a digest", "    - oci: r.example.com/a:1", /4: .* digest .*oci/],
    [
      "with the digest in its name",
      `    - oci: r.example.com/a@${DIGEST}\n      digest: ${DIGEST}`,
      /belongs into `digest`/,
    ],
    ["with a short name", `    - oci: team/a:1\n      digest: ${DIGEST}`, /"team\/a:1" is not the name of an image/],
    ["with half a digest", "    - path: a.tar.gz\n      digest: sha256:abc", /must match pattern/],
    ["verified with a secret", "    - path: a.tar.gz\n      key: k\n      algorithm: HS256", /must be one of ES256/],
    ["with a setting that does not exist", "    - path: a.tar.gz\n      keys: k", /unknown key "keys"/],
  ])("%s", (_, packages, problem) => {
    let issues: readonly string[] = [];
    try {
      parse(packages);
    } catch (error) {
      issues =
        error instanceof GateError ? error.issues.map(({ row, message }) => `${row}: ${message}`) : [String(error)];
    }
    expect(issues.join("\n")).toMatch(problem);
  });
});
