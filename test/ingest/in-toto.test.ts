import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { attestations, COMMIT, envelope, OTHER_COMMIT, only, SHA256, statement } from "./attestation-support.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const V1 = "https://slsa.dev/provenance/v1";
const V02 = "https://slsa.dev/provenance/v0.2";
const REPOSITORY = "https://github.com/example/shop";
const MATERIAL = { uri: `git+${REPOSITORY}@refs/heads/main`, digest: { sha1: COMMIT } };

function v02(more: object = {}): object {
  return statement(V02, { builder: { id: "b" }, buildType: "t", materials: [MATERIAL], ...more });
}

function v1(parameters: object, resolvedDependencies: readonly object[]): object {
  return statement(V1, { buildDefinition: { externalParameters: parameters, resolvedDependencies } });
}

function refused(value: unknown): string {
  return refusalOf(JSON.stringify(value), "x.json", "attestation");
}

function lines(...values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join("\n");
}

describe("an envelope", () => {
  it("becomes a statement that nobody has verified", () => {
    const document = readAs("attestation", fixture("provenance.intoto.jsonl"), "provenance.intoto.jsonl");
    expect(document).toMatchObject({
      status: "unknown",
      statusReasons: [],
      producedAt: "2026-03-01T10:00:00.000Z",
      subject: { repository: REPOSITORY, commit: COMMIT },
      source: { format: "in-toto" },
      summary: { statements: 1, signed: 1, verified: 0, predicateTypes: [V1] },
    });
    expect(document.body.statements[0]).toEqual({
      statementType: "https://in-toto.io/Statement/v1",
      predicateType: V1,
      subjects: document.subject.artifacts,
      signatures: 1,
      verified: "unchecked",
      signer: { keyId: "clé-2026" },
      builder: `${REPOSITORY}/.github/workflows/release.yml@refs/heads/main`,
      buildType: "https://actions.github.io/buildtypes/workflow/v1",
      sourceUri: REPOSITORY,
      sourceCommit: COMMIT,
      invocation: `${REPOSITORY}/actions/runs/71/attempts/1`,
      startedAt: "2026-03-01T10:00:00.000Z",
      finishedAt: "2026-03-01T10:04:00.000Z",
      materials: 1,
    });
    const sha256 = createHash("sha256").update("shop").digest("hex");
    expect(document.subject.artifacts?.[0]?.digests[0]).toBe(`sha256:${sha256}`);
  });

  it.each([
    ["without padding", (payload: string) => payload.replace(/=+$/, "")],
    ["in the alphabet for URLs", (payload: string) => payload.replaceAll("+", "-").replaceAll("/", "_")],
    ["in lines", (payload: string) => payload.replaceAll(/(.{64})/g, "$1\r\n")],
  ])("has a payload %s", (_, change) => {
    // The bytes are chosen so that both alphabets differ.
    const payload = Buffer.from(JSON.stringify(v02({ note: "ÿ?>>~~ÿ÷ÿ" }))).toString("base64");
    expect(payload).toMatch(/[+/]/);
    expect(only(envelope({}, { payload: change(payload) })).builder).toBe("b");
  });

  it.each([
    ["two", [{ sig: "a" }, { keyid: "second", sig: "b" }], 2, "second"],
    [
      "one, and one that is empty",
      [
        { keyid: "empty", sig: "" },
        { keyid: "first", sig: "b" },
      ],
      1,
      "first",
    ],
    ["none", [], 0, undefined],
  ])("has %s signatures", (_, signatures, count, keyId) => {
    const document = attestations(envelope(v02(), { signatures }));
    expect(document.body.statements[0]).toMatchObject({ signatures: count });
    expect(document.body.statements[0]?.signer?.keyId).toBe(keyId);
    expect(document.summary.signed).toBe(count === 0 ? 0 : 1);
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(count === 0 ? ["unsigned"] : []);
  });

  it.each([
    ["that is not base64", envelope(v02(), { payload: "e30*" }), "malformed at /payload"],
    ["that is cut", envelope(v02(), { payload: "eyJfdHlwZSI6Imh0dHBzOi8v" }), "malformed at /payload"],
    ["of a length that base64 cannot have", envelope(v02(), { payload: "e30=a" }), "malformed at /payload"],
    ["that is empty", envelope(v02(), { payload: "" }), "malformed at /payload"],
    ["that is a list", envelope([], {}), "malformed at /payload"],
    [
      "with a name twice",
      envelope({}, { payload: Buffer.from('{"_type":"a","_type":"b"}').toString("base64") }),
      "malformed at /payload",
    ],
    ["of a link", envelope({ _type: "link", name: "build" }), "not-this-format at /payload/_type"],
    ["without a type", envelope({ predicateType: V1 }), "malformed at /payload/_type"],
    [
      "of another type",
      { payload: "", ...envelope(v02(), { payloadType: "text/plain" }) },
      "not-this-format at /payloadType",
    ],
    ["beside signatures that are no list", envelope(v02(), { signatures: {} }), "malformed at /signatures"],
    [
      "beside a certificate that is none",
      envelope(v02(), { signatures: [{ sig: "a", cert: "x" }] }),
      "malformed at /signatures/0/cert",
    ],
  ])("with a payload %s is refused", (_, value, expected) => expect(refused(value)).toBe(expected));
});

describe("a statement", () => {
  it("may be bare, and says that it is unsigned", () => {
    const document = readAs("attestation", fixture("vsa.json"), "vsa.json");
    expect(document.summary).toEqual({
      statements: 1,
      signed: 0,
      verified: 0,
      predicateTypes: ["https://slsa.dev/verification_summary/v1"],
    });
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(["unsigned"]);
    expect(document.subject.commit).toBeUndefined();
    expect(document.body.statements[0]).toMatchObject({
      finishedAt: "2026-03-01T11:00:00.000Z",
      result: "PASSED",
      levels: ["SLSA_BUILD_LEVEL_3"],
      verifier: "https://example.com/verifier/2",
      resource: "oci://example.com/shop",
      policy: "https://example.com/policies/production",
    });
  });

  it("has digests in lower case and in order", () => {
    const digest = { sha512: "AB", SHA256: "CD", gitCommit: "EF", dirHash: "h1:aB=" };
    const { subjects } = only(statement("t", {}, { subject: [{ uri: "pkg:npm/a@1", digest }] }));
    expect(subjects).toEqual([
      { name: "pkg:npm/a@1", digests: ["dirhash:h1:aB=", "gitcommit:ef", "sha256:cd", "sha512:ab"] },
    ]);
  });

  it("names its artifacts, each once, and a package by its URL", () => {
    const subject = [{ name: "pkg:npm/a@1", digest: { sha256: SHA256 } }];
    const document = attestations(statement("t", {}, { subject }), statement("u", {}, { subject }));
    expect(document.subject.artifacts).toEqual([
      { name: "pkg:npm/a@1", digests: [`sha256:${SHA256}`], purl: "pkg:npm/a@1" },
    ]);
  });

  it.each([
    ["no subjects", [], "no-subjects"],
    ["no list of subjects", undefined, "no-subjects"],
    ["subjects without digests", [{ name: "a" }, { name: "b", digest: {} }], "no-digests"],
  ])("with %s is read with a warning", (_, subject, code) => {
    const { quality } = attestations(envelope(statement("t", {}, { subject })));
    expect(quality.warnings.map((warning) => warning.code)).toEqual([code]);
  });

  it.each([
    ["of a version to come", { _type: "https://in-toto.io/Statement/v2" }, "unsupported-version at /_type"],
    ["without a predicate type", { predicateType: "" }, "malformed at /predicateType"],
    ["with subjects that are no list", { subject: {} }, "malformed at /subject"],
    ["with a digest that is no text", { subject: [{ digest: { sha256: 1 } }] }, "malformed at /subject/0/digest"],
  ])("%s is refused", (_, more, expected) => expect(refused({ ...v02(), ...more })).toBe(expected));

  it("of a type that is misspelt is no provenance", () => {
    const document = attestations({ ...v02(), predicateType: "https://slsa.dev/provenanc/v0.2" });
    expect(document.summary.predicateTypes).toEqual(["https://slsa.dev/provenanc/v0.2"]);
    expect(document.body.statements[0]?.builder).toBeUndefined();
    expect(document.subject.commit).toBeUndefined();
  });

  it("is found by a predicateType where its head does not reach its type", () => {
    const text = JSON.stringify({ predicateType: V02, predicate: { note: "x".repeat(9_000) }, ...v02() });
    expect(read(text, "x").source.format).toBe("in-toto");
  });

  it.each([
    ["CycloneDX", { bomFormat: "CycloneDX", specVersion: "1.6", components: [] }],
    ["SPDX", { spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT" }],
    ["Scorecard", { scorecard: { version: "v5" }, checks: [] }],
  ])("is not the document of %s that is in it", (_, predicate) => {
    expect(read(JSON.stringify(statement("t", predicate)), "x.cdx.json").source.format).toBe("in-toto");
  });

  it("keeps no credentials", () => {
    const uri = "git+https://user:secret@example.com/shop";
    const document = attestations(v02({ materials: [{ ...MATERIAL, uri }] }));
    expect(JSON.stringify(document)).not.toContain("secret");
    expect([document.subject.repository, document.quality.redactions]).toEqual(["https://example.com/shop", 1]);
  });
});

describe("the source of a provenance", () => {
  const other = { uri: "git+https://github.com/other/lib@v1", digest: { sha1: OTHER_COMMIT } };
  const jar = { uri: "https://repo.example.com/a.jar", digest: { sha1: OTHER_COMMIT } };
  const configSource = { ...MATERIAL, entryPoint: "release.yml" };

  it.each([
    ["is the only material from git", v02({ materials: [jar, MATERIAL] }), MATERIAL.uri, COMMIT],
    ["is where the build was defined", v02({ invocation: { configSource }, materials: [other] }), MATERIAL.uri, COMMIT],
    [
      "may have no URI of git there",
      v02({ invocation: { configSource: { uri: "x", digest: { sha1: COMMIT } } } }),
      "x",
      COMMIT,
    ],
    ["is not a file with a SHA-1 digest", v02({ materials: [jar] }), undefined, undefined],
    ["is none of several repositories", v02({ materials: [MATERIAL, other] }), undefined, undefined],
    [
      "is not the catalogue of Tekton",
      v02({ buildType: "tekton.dev/v1/TaskRun", invocation: { configSource: other } }),
      MATERIAL.uri,
      COMMIT,
    ],
    [
      "is the dependency that the workflow is in",
      v1({ workflow: { repository: REPOSITORY } }, [other, MATERIAL]),
      REPOSITORY,
      COMMIT,
    ],
    [
      "is the dependency of Cloud Build",
      v1({ buildConfigSource: { repository: `git+${REPOSITORY}` } }, [
        { uri: `git+${REPOSITORY}@x`, digest: { gitCommit: COMMIT.toUpperCase() } },
      ]),
      `git+${REPOSITORY}`,
      COMMIT,
    ],
    [
      "may be one string",
      v1({ source: "https://gitlab.com/a/b" }, [{ uri: "https://gitlab.com/a/b", digest: { gitCommit: COMMIT } }]),
      "https://gitlab.com/a/b",
      COMMIT,
    ],
    [
      "has no commit where the dependency is another",
      v1({ workflow: { repository: REPOSITORY } }, [other]),
      REPOSITORY,
      undefined,
    ],
    [
      "has no commit that is none",
      v1({}, [{ uri: MATERIAL.uri, digest: { gitCommit: "main" } }]),
      undefined,
      undefined,
    ],
    [
      "is in version 0.1 the material of the recipe",
      statement("https://slsa.dev/provenance/v0.1", { recipe: { definedInMaterial: 1 }, materials: [other, MATERIAL] }),
      MATERIAL.uri,
      COMMIT,
    ],
  ])("%s", (_, value, uri, commit) => {
    const { sourceUri, sourceCommit } = only(value);
    expect([sourceUri, sourceCommit]).toEqual([uri, commit]);
  });

  it("is left out where one repository has two commits", () => {
    const configured = { ...configSource, digest: { sha1: OTHER_COMMIT } };
    const document = attestations(v02({ invocation: { configSource: configured } }));
    expect(document.subject).toMatchObject({ repository: REPOSITORY });
    expect(document.subject.commit).toBeUndefined();
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["source-commits-differ"]);
  });

  it.each([
    ["all provenances name", [v02(), v1({}, [MATERIAL])], COMMIT],
    ["other statements need not name", [v02(), statement("https://cyclonedx.org/bom", {})], COMMIT],
    [
      "is none where one names another",
      [v02(), v02({ materials: [{ ...MATERIAL, digest: { sha1: OTHER_COMMIT } }] })],
      undefined,
    ],
    ["is none where one names none", [v02(), v02({ materials: [] })], undefined],
    ["is none without a provenance", [statement("https://cyclonedx.org/bom", {})], undefined],
  ])("is the commit of the document, which %s", (_, values, commit) => {
    expect(attestations(...values).subject.commit).toBe(commit);
  });

  it.each([
    ["git+https://GitHub.com/a/b.git@refs/heads/main", "https://github.com/a/b"],
    ["https://github.com/a/b.git#refs/heads/main", "https://github.com/a/b"],
    ["git+ssh://git@github.com/a/b", "ssh://git@github.com/a/b"],
    ["git@github.com:a/b.git", "ssh://git@github.com/a/b"],
    ["https://github.com/a/b/", "https://github.com/a/b"],
  ])("%s is of the repository %s", (uri, repository) => {
    expect(
      attestations(v02({ materials: [{ uri, digest: { sha1: COMMIT } }], invocation: { configSource: { uri } } }))
        .subject,
    ).toMatchObject({ repository, commit: COMMIT });
  });
});

describe("a predicate", () => {
  it.each([
    [
      "a verification summary of version 0.1",
      "https://slsa.dev/verification_summary/v0.1",
      {
        verifier: { id: "v" },
        time_verified: "2026-03-01T10:00:00Z",
        verification_result: "FAILED",
        policy_level: "SLSA_LEVEL_3",
      },
      { verifier: "v", finishedAt: "2026-03-01T10:00:00.000Z", result: "FAILED", levels: ["SLSA_LEVEL_3"] },
    ],
    [
      "a simple verification result",
      "https://in-toto.io/attestation/svr/v0.1",
      { verifier: { id: "v", policy: { uri: "p" } }, timeCreated: "2026-03-01T10:00:00Z", properties: ["A", "B"] },
      { verifier: "v", policy: "p", finishedAt: "2026-03-01T10:00:00.000Z", levels: ["A", "B"] },
    ],
    [
      "a scan",
      "https://in-toto.io/attestation/vulns/v0.2",
      { metadata: { scanStartedOn: "2026-03-01T10:00:00Z", scanFinishedOn: "2026-03-01T10:00:01Z" } },
      { startedAt: "2026-03-01T10:00:00.000Z", finishedAt: "2026-03-01T10:00:01.000Z" },
    ],
    ["a test result", "https://in-toto.io/attestation/test-result/v0.1", { result: "WARNED" }, { result: "WARNED" }],
    [
      "attributes",
      "https://in-toto.io/attestation/scai/attribute-report/v0.2",
      { attributes: [{ attribute: "a" }] },
      {},
    ],
    ["a release", "https://in-toto.io/attestation/release/v0.1", { purl: "pkg:npm/a@1" }, {}],
    ["a bill of materials", "https://spdx.dev/Document", { spdxVersion: "SPDX-2.3" }, {}],
    ["text", "https://cosign.sigstore.dev/attestation/v1", "text", {}],
  ])("that is %s is flattened", (_, type, predicate, facts) => {
    const {
      statementType: _1,
      predicateType,
      subjects: _2,
      signatures: _3,
      verified,
      ...rest
    } = only(statement(type, predicate));
    expect([predicateType, verified, rest]).toEqual([type, "unchecked", facts]);
  });

  it("with tests that failed has failed, whatever it declares", () => {
    const type = "https://in-toto.io/attestation/test-result/v0.1";
    const document = attestations(statement(type, { result: "PASSED", failedTests: ["a"] }));
    expect(document.body.statements[0]?.result).toBe("FAILED");
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["result-differs"]);
  });

  it("of witness has a statement for each claim in it", () => {
    const collection = "https://witness.testifysec.com/attestation-collection/v0.1";
    const git = { commithash: COMMIT, remotes: ["git@github.com:example/shop.git"] };
    const parts = [
      { type: "https://witness.dev/attestations/environment/v0.1", attestation: { variables: { TOKEN: "secret" } } },
      { type: "https://witness.dev/attestations/git/v0.1", attestation: git, starttime: "2026-03-01T11:00:00+01:00" },
    ];
    const document = attestations(envelope(statement(collection, { name: "build", attestations: parts })));
    expect(document.summary).toMatchObject({
      statements: 3,
      signed: 3,
      predicateTypes: [collection, ...parts.map(({ type }) => type)],
    });
    expect(document.subject).toMatchObject({ repository: "ssh://git@github.com/example/shop", commit: COMMIT });
    expect(document.producedAt).toBe("2026-03-01T10:00:00.000Z");
    expect(JSON.stringify(document)).not.toContain("secret");
    const lost = envelope(statement(collection, { attestations: [{ attestation: {} }] }));
    expect(refused(lost)).toBe("malformed at /payload/predicate/attestations/0/type");
  });

  it("of witness cannot be made to grow without bounds", () => {
    const subject = Array.from({ length: 30 }, () => ({ name: "a" }));
    const attestation = Array.from({ length: 30 }, () => ({ type: "t", attestation: {} }));
    const type = "https://witness.dev/attestation-collection/v0.1";
    const text = JSON.stringify(statement(type, { attestations: attestation }, { subject }));
    const document = read(text, "x.json", "attestation", { ...DEFAULT_LIMITS, elements: 500 });
    expect(document.statusReasons.map(({ code }) => code)).toEqual(["limit-exceeded"]);
  });
});

describe("JSON lines", () => {
  it("may hold envelopes and statements, and blank lines", () => {
    const text = `\n${lines(envelope(v02()), v02())}\r\n\r\n${lines(envelope(v02()))}\n`;
    const { summary } = readAs("attestation", text, "x.jsonl");
    expect([summary.statements, summary.signed]).toEqual([3, 2]);
  });

  it.each([
    ["the last line is cut", lines(v02(), envelope(v02())).slice(0, -5), "malformed at line 2"],
    ["the first line is cut", lines(v02(), v02()).slice(5), "malformed at byte 0"],
    ["a line is something else", lines(v02(), { findings: [] }, v02()), "malformed at line 2"],
    ["a line is text", `${lines(v02())}\nError: no attestations\n`, "malformed at line 2"],
    ["a payload is damaged", lines(v02(), envelope({}, { payload: "e30*" })), "malformed at line 2"],
    ["a line has a name twice", `${lines(v02())}\n{"a":1,"a":2}`, "malformed at line 2"],
  ])("are refused where %s", (_, text, expected) => expect(refusalOf(text, "x.jsonl", "attestation")).toBe(expected));

  it("give a warning the place of its line", () => {
    const { quality } = attestations(envelope(v02()), v02());
    expect(quality.warnings).toEqual([{ code: "unsigned", message: expect.any(String), place: "line 2" }]);
  });
});
