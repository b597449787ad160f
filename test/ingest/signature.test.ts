import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { SignatureCheck } from "../../src/evidence/stated.ts";
import { ingest, type SignedStatement } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { temporaryFolder, writeFiles } from "../support.ts";

const STATEMENT = `schema: gate/statement/v1
type: dpia
statedBy: Zoë
statedAt: 2026-03-01T09:00:00Z
result: passed
`;
const TESTS = '<testsuite name="unit" tests="1" failures="0"><testcase name="one"/></testsuite>';

let cwd = "";
let asked: SignedStatement[] = [];

beforeEach(() => {
  cwd = temporaryFolder();
  asked = [];
  writeFiles(cwd, { "stated/dpia.yaml": STATEMENT, "stated/dpia.yaml.sig": "signature" });
});

/** The first document of what lies there, and what its signature is said to be worth. */
async function read(check: SignatureCheck | undefined, pattern = "stated") {
  const { documents } = await ingest([{ pattern, origin: "--evidence", required: true }], {
    cwd,
    limits: DEFAULT_LIMITS,
    stdin: () => Promise.reject(new Error("not asked for")),
    ...(check === undefined
      ? {}
      : {
          checkSignature: (stated: SignedStatement) => {
            asked.push(stated);
            return check;
          },
        }),
  });
  expect(documents).toHaveLength(1);
  return documents[0];
}

const GOOD: SignatureCheck = { verified: "verified", signer: "Zoë Müller", roles: ["security"] };
const BAD: SignatureCheck = { verified: "failed", problem: "the key is nobody's" };

describe("the signature beside a statement", () => {
  it.each(["stated", "stated/*", "stated/dpia.yaml"])(
    "is no evidence of its own for the pattern %s",
    async (pattern) => {
      expect((await read(undefined, pattern))?.source.path).toBe("stated/dpia.yaml");
    },
  );

  it("is held against the very bytes of the statement", async () => {
    await read(GOOD);
    expect(asked).toHaveLength(1);
    expect(Buffer.from(asked[0]?.bytes ?? []).toString()).toBe(STATEMENT);
    expect(Buffer.from(asked[0]?.signature ?? []).toString()).toBe("signature");
    expect(asked[0]?.summary).toMatchObject({ statedBy: "Zoë", statedAt: "2026-03-01T09:00:00.000Z" });
  });

  it("says who signed, and as what", async () => {
    const plain = await read(undefined);
    const document = await read(GOOD);
    expect(document?.summary).toMatchObject({ verified: "verified", signer: "Zoë Müller", signerRoles: ["security"] });
    expect(document?.id).not.toBe(plain?.id);
  });

  it("says why it does not count", async () => {
    const document = await read(BAD);
    expect(document?.summary).toMatchObject({ verified: "failed" });
    expect(document?.summary).not.toHaveProperty("signer");
    expect(document?.quality.warnings).toEqual([
      { code: "signature-failed", message: "its signature does not count: the key is nobody's" },
    ]);
  });

  it("is not looked at by whoever only shows evidence", async () => {
    expect((await read(undefined))?.summary).toMatchObject({ verified: "unchecked" });
  });

  it("may be missing", async () => {
    writeFileSync(join(cwd, "other.yaml"), STATEMENT);
    expect((await read(GOOD, "other.yaml"))?.summary).toMatchObject({ verified: "unchecked" });
    expect(asked).toEqual([]);
  });

  it("is read as empty where no signature is as large", async () => {
    writeFileSync(join(cwd, "stated/dpia.yaml.sig"), "s".repeat(65_536));
    await read(BAD);
    writeFileSync(join(cwd, "stated/dpia.yaml.sig"), "s".repeat(65_537));
    await read(BAD);
    expect(asked.map(({ signature }) => signature.length)).toEqual([65_536, 0]);
  });

  it("does not count for a statement of several megabytes", async () => {
    const members = '"type": "dpia", "statedBy": "Zoë", "statedAt": "2026-03-01T09:00:00Z", "result": "passed"';
    const text = `{"schema": "gate/statement/v1", ${members}}${" ".repeat(4 << 20)}`;
    writeFiles(cwd, { "dpia.json": text, "dpia.json.sig": "signature" });
    const document = await read(GOOD, "dpia.json");
    expect(asked).toEqual([]);
    expect(document?.summary).toMatchObject({ verified: "failed" });
    expect(document?.quality.warnings[0]?.message).toMatch(/too large to be signed/);
  });

  it("is not looked for beside anything else", async () => {
    writeFiles(cwd, { "junit.xml": TESTS, "junit.xml.sig": "signature" });
    expect((await read(GOOD, "junit.xml"))?.kind).toBe("tests");
    expect(asked).toEqual([]);
  });
});
