import { describe, expect, it } from "vitest";
import { attestsArtifact } from "../../src/evidence/artifact.ts";

const VALUE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const statement = {
  subjects: [{ digests: [] }, { name: "a", digests: [`sha1:${"a".repeat(40)}`, `sha256:${VALUE}`] }],
};

describe("a statement is about an artifact", () => {
  it.each([
    ["by any of its digests", `sha256:${VALUE}`, true],
    ["in capitals", `SHA256:${VALUE.toUpperCase()}`, true],
    ["but not by another value", `sha256:${VALUE.replace("9", "8")}`, false],
    ["but not by the value of another algorithm", `sha512:${VALUE}`, false],
    ["but not by the start of the value", `sha256:${VALUE.slice(0, 12)}`, false],
    ["but not by the value alone", VALUE, false],
    ["but not by the algorithm alone", "sha256:", false],
    ["but not by nothing", "", false],
    ["but not by a name", "a", false],
  ])("%s", (_, digest, expected) => expect(attestsArtifact(statement, digest)).toBe(expected));

  it("but not by a value whose case matters", () => {
    expect(attestsArtifact({ subjects: [{ digests: ["dirhash:h1:aB="] }] }, "dirhash:h1:Ab=")).toBe(false);
  });

  it("only where it has subjects", () => {
    expect(attestsArtifact({ subjects: [] }, `sha256:${VALUE}`)).toBe(false);
    expect(attestsArtifact({ subjects: [{ name: `sha256:${VALUE}`, digests: [] }] }, `sha256:${VALUE}`)).toBe(false);
  });
});
