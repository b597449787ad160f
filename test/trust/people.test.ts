import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllowedSigners } from "../../src/trust/allowed-signers.ts";
import { keyProblem, ownersOf, type Trust } from "../../src/trust/keyring.ts";
import { loadTrust, peopleIn, type TrustSource } from "../../src/trust/load.ts";
import { parseTrust } from "../../src/trust/people.ts";
import { openCache } from "../../src/util/cache.ts";
import { GateError } from "../../src/util/errors.ts";
import { installation, ROOT, temporaryFolder } from "../support.ts";
import { gateKey } from "./keys.ts";

const schema = JSON.parse(readFileSync(join(installation.schemas, "trust.v1.schema.json"), "utf8")) as object;
const [ALICE, BOB] = [gateKey(), gateKey()];

const people = (text: string): Trust["people"] => parseTrust(Buffer.from(text), "trust.yaml", schema);
const signers = (text: string): Trust["signers"] => parseAllowedSigners(Buffer.from(text), "allowed_signers");

/** Every problem as `row: message`. */
function issuesOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof GateError)) throw error;
    expect(error.code).toBe("trust-invalid");
    return error.issues.length === 0 ? [error.message] : error.issues.map(({ row, message }) => `${row}: ${message}`);
  }
  return [];
}

const TWO = `version: 1
people:
  - name: Alice
    roles: [security, release-manager]
    identities: [alice@example.com, github:alice]
    keys: ["${ALICE.text}"]
  - name: Bob
    identities: [bob@example.com]
`;

describe("trust.yaml", () => {
  it("names people, their roles, other names and keys", () => {
    expect(people(TWO)).toEqual([
      {
        name: "Alice",
        roles: ["security", "release-manager"],
        identities: ["alice@example.com", "github:alice"],
        keys: [ALICE.id],
      },
      { name: "Bob", roles: [], identities: ["bob@example.com"], keys: [] },
    ]);
  });

  it("is in docs/approvals.md as it may be written", () => {
    const [, example = ""] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, "docs/approvals.md"), "utf8")) ?? [];
    expect(people(example).map(({ name, keys }) => [name, keys.length])).toEqual([
      ["Alice Example", 2],
      ["Bob Example", 0],
    ]);
  });

  it.each([
    ["an unknown key", TWO.replace("roles:", "role:"), '4: unknown key "role" in "people.0"'],
    ["no version", "people: []", '1: "version" is missing in the document'],
    ["a key that cannot be read", TWO.replace(ALICE.text, "ed25519:AAAA"), "6: a key that starts with ed25519:"],
    ["a private key", TWO.replace(ALICE.text, "-----BEGIN PRIVATE KEY-----"), "6: it is a private key"],
    [
      "one address of two people",
      TWO.replace("bob@", "ALICE@"),
      '8: "ALICE@example.com" is of two people: Alice and Bob',
    ],
    ["one name of two people", TWO.replace("Bob", "alice"), '7: "alice" is of two people: Alice and alice'],
    ["a login twice", TWO.replace("github:alice", "github:alice, github:alice"), "is named twice for Alice"],
    ["one key of two people", `${TWO}    keys: ["${ALICE.text}"]\n`, "9: this key is of two people: Alice and Bob"],
    ["an identity that is none", TWO.replace("github:alice", "alice"), "5: "],
    ["a name with an address", TWO.replace("Bob", "Bob <alice@example.com>"), "7: "],
    ["a name with a control", TWO.replace("Bob", '"Bob\\u200B"'), "7: "],
    ["a key twice in the file", `${TWO}    roles: [a]\n    roles: [b]\n`, "10: "],
    ["an alias", `${TWO}    roles: &a [a]\n    keys: *a\n`, "10: aliases are not supported"],
  ])("refuses %s", (_, text, message) => {
    expect(issuesOf(() => people(text)).join("\n")).toContain(message);
  });
});

describe("allowed_signers", () => {
  const line = `ssh-ed25519 ${ALICE.id}`;

  it("reads principals, options, keys and comments", () => {
    const text = `# people
alice@example.com,github:alice ${line} laptop

  "Alice Example" NameSpaces="gate,git",valid-after="20260101Z",valid-before="202612312359" ${line}\r
`;
    expect(signers(text)).toEqual([
      { principals: ["alice@example.com", "github:alice"], key: ALICE.id, source: "allowed_signers:2" },
      {
        principals: ["Alice Example"],
        key: ALICE.id,
        namespaces: ["gate", "git"],
        validAfter: "2026-01-01T00:00:00Z",
        validBefore: "2026-12-31T23:59:00Z",
        source: "allowed_signers:4",
      },
    ]);
  });

  it.each([
    ["a certificate authority", `*@example.com cert-authority ${line}`, "certificate authorities are not supported"],
    ["an authority among options", `a@b namespaces="gate",cert-authority ${line}`, "certificate authorities"],
    ["an unknown option", `a@b no-touch-required ${line}`, "unknown option no-touch-required"],
    ["an option twice", `a@b namespaces="a",namespaces="b" ${line}`, "given twice"],
    ["a value without quotes", `a@b namespaces=gate ${line}`, "double quotes"],
    ["an option without a value", `a@b valid-before ${line}`, "double quotes"],
    ["a comma at the end of options", `a@b namespaces="gate", ${line}`, "options cannot be read"],
    ["quotes that do not end", `a@b namespaces="gate ${line}`, "1: "],
    ["no key", "a@b", "1: a line is"],
    ["no principal", line, "1: "],
    ["an empty principal", `a@b,, ${line}`, "1: a line is"],
    ["a key that is too weak or unknown", "a@b ssh-dss AAAAB3NzaC1kc3M=", "1: "],
    ["text that is no key", "a@b ssh-ed25519 hello", "1: "],
  ])("refuses %s", (_, text, message) => {
    expect(issuesOf(() => signers(text)).join("\n")).toContain(message);
  });

  it("names every line that is wrong", () => {
    expect(issuesOf(() => signers(`a\n# fine\nb\n`)).map((issue) => issue[0])).toEqual(["1", "3"]);
  });

  it("refuses what is not UTF-8, and what is too large", () => {
    expect(issuesOf(() => parseAllowedSigners(Buffer.of(0xff), "allowed_signers")).join()).toContain("UTF-8");
    expect(issuesOf(() => parseAllowedSigners(Buffer.alloc((1 << 20) + 1), "allowed_signers")).join()).toContain(
      "1 MiB",
    );
  });
});

describe("whether a key vouches for somebody", () => {
  const now = [new Date("2026-06-01T12:00:00Z")];
  const plain = people(TWO.replace(/ {4}keys: .*\n/, ""));
  const problem = (text: string, key = ALICE.id, signer = "Alice", listed = plain, times = now): string | undefined =>
    keyProblem({ people: listed, signers: signers(text) }, key, signer, times);
  const line = (principals: string, options = ""): string => `${principals} ${options} ssh-ed25519 ${ALICE.id}\n`;

  it.each([
    ["by name", "Alice"],
    ["by an address, in any case", "ALICE@example.com"],
    ["as git writes it", "Someone <alice@example.com>"],
    ["by login", "github:alice"],
  ])("finds the owner %s", (_, signer) => {
    expect(problem("", ALICE.id, signer, people(TWO))).toBeUndefined();
  });

  it.each([
    ["an unknown key", "", BOB.id, "Alice", "nobody's"],
    ["a key of another person", line("bob@example.com"), ALICE.id, "Alice", "is Bob's, and Alice is said"],
    ["somebody who is not listed", line("alice@example.com"), ALICE.id, "Carol", "Carol is not in trust.yaml"],
    ["a principal who is not listed", line("carol@example.com"), ALICE.id, "Carol", "who is nobody in trust.yaml"],
    [
      "a key of two people",
      line("alice@example.com,bob@example.com"),
      ALICE.id,
      "Alice",
      "more than one person: Alice, Bob",
    ],
    ["a key of everybody", line("*@example.com"), ALICE.id, "Alice", "more than one person"],
    ["an excluded address", line("*@example.com,!alice@*,!bob@*"), ALICE.id, "Alice", "who is nobody"],
    ["a key for another namespace", line("alice@example.com", 'namespaces="git,file"'), ALICE.id, "Alice", "nobody's"],
    ["a namespace that is excluded", line("alice@example.com", 'namespaces="*,!gate"'), ALICE.id, "Alice", "nobody's"],
  ])("refuses %s", (_, text, key, signer, message) => {
    expect(problem(text, key, signer)).toContain(message);
  });

  it.each([
    ["patterns", line("a?ice@*.com")],
    ["a login", line("github:alice")],
    ["an exclusion of somebody else", line("*@example.com,!bob@example.com")],
    ["its namespace among others", line("alice@example.com", 'namespaces="git,ga*"')],
    ["one of two lines that is valid", line("github:alice", 'valid-before="20200101Z"') + line("github:alice")],
  ])("takes %s", (_, text) => {
    expect(problem(text)).toBeUndefined();
  });

  it.each([
    ["before it begins", 'valid-after="20260601120001Z"', false],
    ["when it begins", 'valid-after="20260601120000Z"', true],
    ["just before it ends", 'valid-before="20260601120001Z"', true],
    ["when it ends", 'valid-before="20260601120000Z"', false],
    ["on the day before which it ends", 'valid-before="20260601Z"', false],
    ["with an end that nobody can read", 'valid-before="soon"', false],
    ["with a day that there is not", 'valid-before="20260931Z"', false],
    ["with a beginning that nobody can read", 'valid-after="20261301Z"', false],
    ["with times in UTC without saying so", 'valid-after="20260601",valid-before="202606011201"', true],
  ])("%s", (_, options, valid) => {
    expect(problem(line("alice@example.com", options)) === undefined).toBe(valid);
  });

  it("has to be valid at each time", () => {
    const times = [new Date("2026-01-01T00:00:00Z"), ...now];
    expect(problem(line("github:alice", 'valid-after="20260201Z"'), ALICE.id, "Alice", plain, times)).toContain(
      "valid",
    );
  });

  it("ends with a line of allowed_signers also where trust.yaml has the key", () => {
    const ended = line("alice@example.com", 'valid-before="20260101Z"');
    expect(problem(ended, ALICE.id, "Alice", people(TWO))).toContain("(allowed_signers:1)");
    expect(problem(ended.replace("alice@", "carol@"), ALICE.id, "Alice", people(TWO))).toBeUndefined();
  });

  it("sees a key of one person in one file and of another in the other", () => {
    const trust = { people: people(TWO), signers: signers(line("bob@example.com")) };
    expect(ownersOf(trust, ALICE.id).map(({ name }) => name)).toEqual(["Alice", "Bob"]);
  });

  it("does not take for ever for a pattern of many stars", () => {
    expect(problem(line(`${"*a".repeat(5_000)}b`))).toContain("nobody");
  });
});

function source(text: string): TrustSource {
  return { label: "trust.yaml", bytes: Buffer.from(text) };
}

it("is read from the cache only where the very same bytes were read before", async () => {
  const cache = openCache(temporaryFolder());
  const first = await loadTrust({ people: source(TWO) }, installation.schemas, cache);
  expect(await loadTrust({ people: source(TWO) }, installation.schemas, cache)).toEqual(first);
  const second = await loadTrust({ people: source(TWO.replace("Bob", "Carol")) }, installation.schemas, cache);
  expect(peopleIn(second)).toEqual([
    { name: "Alice", roles: ["security", "release-manager"], identities: ["alice@example.com", "github:alice"] },
    { name: "Carol", roles: [], identities: ["bob@example.com"] },
  ]);
});
