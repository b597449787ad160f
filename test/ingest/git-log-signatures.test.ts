import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const [A, B, C] = ["a".repeat(40), "b".repeat(40), "c".repeat(40)];
const KEY = "with ED25519 key SHA256:x";
const GOOD = `Good "git" signature for zoe@example.com ${KEY}`;
const UNKNOWN_KEY = [`Good "git" signature ${KEY}`, "No principal matched."];

interface Shown {
  readonly line?: string;
  readonly signature?: readonly string[];
  readonly fields?: readonly string[];
  readonly message?: readonly string[];
}

const MEDIUM = ["Author: Zoë <zoe@example.com>", "Date:   Sun Mar 1 10:00:00 2026 +0100"];
const FULLER = [
  "Author:     Zoë <zoe@example.com>",
  "AuthorDate: Sun Mar 1 10:00:00 2026 +0100",
  "Commit:     Ann <ann@example.com>",
  "CommitDate: Sun Mar 1 11:00:00 2026 +0100",
];

function commit({ line = A, signature = [], fields = MEDIUM, message = ["x"] }: Shown = {}): string {
  const lines = [`commit ${line}`, ...signature, ...fields, "", ...message.map((one) => `    ${one}`)];
  return `${lines.join("\n")}\n`;
}

function logOf(...commits: readonly string[]) {
  return readAs("change", commits.join("\n"), "x.txt");
}

/** What is said of a commit that has these lines above its author, in a log with signatures. */
function signatureOf(...signature: readonly string[]) {
  const [first] = logOf(commit({ signature, fields: FULLER }), commit({ line: B, signature: [GOOD] })).body.commits;
  return [first?.signature, first?.signer];
}

function gpg(...lines: readonly string[]): readonly string[] {
  return ["Signature made Sun Mar 1 10:00:00 2026 UTC", "               using EDDSA key 0A", ...lines].map(
    (line) => `gpg: ${line}`,
  );
}

it("reads the fixture in full", () => {
  const document = readAs("change", fixture("git-show-signature.txt"), "x");
  expect(document).toMatchObject({
    status: "unknown",
    source: { format: "git-log-signatures", tools: [{ name: "git" }] },
    summary: { commits: 7, signedCommits: 2, head: document.body.commits[0]?.sha },
    quality: { warnings: [] },
  });
  expect(document.body.commits.map(({ subject, signature, parents }) => [subject, signature, parents])).toEqual([
    ["feat: zahlen in Euro für alle", "good", 1],
    ["merge v1", "none", 2],
    ["other", "none", 1],
    ["side", "none", 1],
    ["chore: unsigned", "none", 1],
    ["fix: unknown key", "unknown-validity", 1],
    ["feat: signed", "good", 0],
  ]);
  expect(document.body.commits[0]).toMatchObject({
    author: "Zoë <zoe@example.com>",
    committer: "Zoë <zoe@example.com>",
    at: "2026-03-01T10:00:00.000Z",
    signer: "zoe@example.com",
    signedByCommitter: true,
  });
});

describe("of SSH", () => {
  it.each([
    ["a signature of somebody known", [GOOD], "good", "zoe@example.com"],
    ["a name with spaces", [`Good "git" signature for Zoë with a hat ${KEY}`], "good", "Zoë with a hat"],
    ["a key of nobody known", UNKNOWN_KEY, "unknown-validity"],
    [
      "no list of people",
      [`Good "git" signature ${KEY}`, 'Unable to open allowed keys file ""', "No principal matched."],
      "unknown-validity",
    ],
    [
      "a signature of something else",
      ["Could not verify signature.", "Signature verification failed: incorrect signature"],
      "bad",
    ],
    ["a signature that is good and is not", [GOOD, "Could not verify signature."], "bad"],
    ["a good word that does not come first", ["Warning: x", GOOD], "uncheckable"],
    ["a good word that is cut", ['Good "git" signature for zoe@example.com'], "uncheckable"],
    ["a good word of another use of keys", [`Good "file" signature for zoe@example.com ${KEY}`], "uncheckable"],
  ])("%s", (_, lines, ...expected) => {
    expect(signatureOf(...lines)).toEqual([expected[0], expected[1]]);
  });
});

describe("of GnuPG", () => {
  const ZOE = "Zoë <zoe@example.com>";

  it.each([
    ["ultimate", "good"],
    ["full", "good"],
    ["marginal", "good"],
    ["unknown", "unknown-validity"],
    ["undefined", "unknown-validity"],
    ["never", "unknown-validity"],
    ["expired", "expired"],
    ["revoked", "revoked"],
    ["vollständig", "unknown-validity"],
  ])("a key that is trusted [%s] is %s", (trust, expected) => {
    expect(signatureOf(...gpg(`Good signature from "${ZOE}" [${trust}]`))[0]).toBe(expected);
  });

  it("the signer is who signed", () => {
    const lines = gpg(`Good signature from "${ZOE}" [full]`, '                aka "Ann <ann@example.com>" [ultimate]');
    expect(signatureOf(...lines)).toEqual(["good", ZOE]);
  });

  it.each([
    ["no trust is said", [`Good signature from "${ZOE}"`], "unknown-validity"],
    ["a name says it itself", ['Good signature from "Mallory" [ultimate] <m@x>" [unknown]'], "unknown-validity"],
    ["a name says it itself, and GnuPG does not", ['Good signature from "Mallory" [ultimate]"'], "unknown-validity"],
    [
      "another name says it",
      [`Good signature from "Mallory" [unknown]`, ` aka "${ZOE}" [ultimate]`],
      "unknown-validity",
    ],
    ["it is bad", [`BAD signature from "${ZOE}" [ultimate]`], "bad"],
    ["there is no key", ["Can't check signature: No public key"], "uncheckable"],
    ["the signature has expired", [`Expired signature from "${ZOE}" [full]`, "Signature expired Mon"], "expired"],
    ["the key has expired", [`Good signature from "${ZOE}" [full]`, "Note: This key has expired!"], "expired"],
    [
      "the key was revoked",
      [`Good signature from "${ZOE}" [ultimate]`, "WARNING: This key has been revoked by its owner!"],
      "revoked",
    ],
    ["there are two", [`Good signature from "${ZOE}" [full]`, `Good signature from "${ZOE}" [full]`], "uncheckable"],
    ["one of two is bad", [`Good signature from "${ZOE}" [full]`, `BAD signature from "${ZOE}" [full]`], "bad"],
    ["it is another language", [`Korrekte Signatur von "${ZOE}" [ultimativ]`], "uncheckable"],
  ])("where %s it is not good", (_, lines, expected) => {
    expect(signatureOf(...gpg(...lines))[0]).toBe(expected);
  });

  it("words without its name in front are not its own", () => {
    expect(signatureOf('Good signature from "x" [ultimate]')[0]).toBe("uncheckable");
    expect(signatureOf("something else", ...gpg('Good signature from "x" [ultimate]'))[0]).toBe("uncheckable");
  });

  it("gpgsm does not say whom it trusts", () => {
    expect(signatureOf('gpgsm: Good signature from "/CN=Zoë"')[0]).toBe("unknown-validity");
    expect(signatureOf('gpgsm: BAD signature from "/CN=Zoë"')[0]).toBe("bad");
  });
});

describe("a signature that could not be looked at", () => {
  it.each(["No signature", "fatal: cannot run gpg: No such file or directory"])("%s", (line) => {
    expect(signatureOf(line)).toEqual(["uncheckable", undefined]);
  });
});

describe("the signature of a tag that was merged", () => {
  it.each(["merged tag 'v1'", `tag v1 names a non-parent ${C}`, "parent #2, tagged 'v1'", "malformed mergetag"])(
    "behind %s is not that of the merge",
    (line) => {
      expect(signatureOf(line, GOOD)[0]).toBe("none");
      expect(signatureOf(line, ...gpg('Good signature from "x" [ultimate]'))[0]).toBe("none");
      expect(signatureOf(...UNKNOWN_KEY, line, GOOD)[0]).toBe("unknown-validity");
      expect(signatureOf(GOOD, line, "Could not verify signature.")[0]).toBe("good");
    },
  );

  it("behind words that are not known does not make it good", () => {
    expect(signatureOf("a tag was merged", GOOD)[0]).toBe("uncheckable");
    expect(signatureOf(...gpg("Can't check signature: No public key"), "a tag", GOOD)[0]).toBe("uncheckable");
  });
});

it("knows nothing of signatures where no commit shows one", () => {
  const { summary, body, quality } = logOf(commit(), commit({ line: B }));
  expect([summary.signedCommits, body.commits.map(({ signature }) => signature)]).toEqual([
    0,
    ["uncheckable", "uncheckable"],
  ]);
  expect(quality.warnings).toMatchObject([{ code: "no-signatures" }]);
});

it("a message forges nothing", () => {
  const message = ["x", "", `commit ${B}`, GOOD, "Author: Eve <eve@example.com>", "Notes:"];
  const { body } = logOf(commit({ message }), commit({ line: C, signature: [GOOD] }));
  expect(body.commits.map(({ sha, signature }) => [sha, signature])).toEqual([
    [A, "none"],
    [C, "good"],
  ]);
  expect(body.commits[0]?.message).toBe(message.join("\n"));
});

it("leaves notes out", () => {
  const { body } = logOf(`${commit()}\nNotes (review):\n    looks good\n`, commit({ line: B }));
  expect(body.commits.map(({ message }) => message)).toEqual(["x", "x"]);
});

describe("the fields", () => {
  it("of a medium log do not name the committer, nor when it was", () => {
    const [first] = logOf(commit({ signature: [GOOD] })).body.commits;
    expect(first).toEqual({
      sha: A,
      author: "Zoë <zoe@example.com>",
      subject: "x",
      message: "x",
      signature: "good",
      signer: "zoe@example.com",
    });
  });

  it("of a fuller one do", () => {
    expect(logOf(commit({ signature: [GOOD], fields: FULLER })).body.commits).toMatchObject([
      { committer: "Ann <ann@example.com>", at: "2026-03-01T10:00:00.000Z", signedByCommitter: false },
    ]);
  });

  it.each([
    ["2026-03-01 11:00:00 +0100", "2026-03-01T10:00:00.000Z"],
    ["2026-03-01T11:00:00+01:00", "2026-03-01T10:00:00.000Z"],
    ["3 weeks ago", undefined],
    ["Sun Smarch 1 11:00:00 2026 +0100", undefined],
  ])("with the date %j are at %j", (date, expected) => {
    const fields = [...FULLER.slice(0, 3), `CommitDate: ${date}`];
    expect(logOf(commit({ fields })).body.commits[0]?.at).toBe(expected);
  });
});

describe("the head", () => {
  const merge = { line: `${A} (HEAD -> main, tag: v1)`, fields: ["Merge: bbbbbbb ccccccc", ...MEDIUM] };

  it("is known by the parents of all commits", () => {
    const { summary, body } = logOf(commit({ line: `${A} ${B} ${C}` }), commit({ line: B }), commit({ line: C }));
    expect([summary.head, body.commits.map(({ parents }) => parents)]).toEqual([A, [2, 0, 0]]);
  });

  it("is not without them, though a merge says how many it has", () => {
    const { summary, body } = logOf(commit(merge), commit({ line: B }));
    expect([summary.head, body.commits.map(({ parents }) => parents)]).toEqual([undefined, [2, undefined]]);
  });
});

describe.each([
  ["a commit that is cut before its author", `${commit()}\ncommit ${B}\n${GOOD}\n`, "malformed at line 7"],
  ["a commit that is cut before its message", `${commit()}\ncommit ${B}\nAuthor: Zoë <zo`, "malformed at line 7"],
  ["a commit without an author", `${commit()}\ncommit ${B}\nDate:   x\n\n    x\n`, "malformed at line 9"],
  ["an id that is short", commit().replace(A, "abcdef0"), "malformed at line 1"],
  ["a patch", `${commit()}\ndiff --git a/x b/x\n`, "malformed at line 7"],
  ["a list of files", `${commit()}\n x | 1 +\n`, "malformed at line 7"],
  ["a field that git does not write", commit({ fields: [...MEDIUM, "Signed: yes"] }), "malformed at line 4"],
])("%s", (_, text, refusal) => {
  it("is refused", () => expect(refusalOf(text, "x")).toBe(refusal));
});

it("cannot tell a log that is cut between commits, which is why none is complete", () => {
  expect(logOf(commit({ signature: [GOOD] })).status).toBe("unknown");
});
