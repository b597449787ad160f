import { describe, expect, test } from "vitest";
import {
  auditReference,
  checkpointLine,
  isOrigin,
  isSameTree,
  originOf,
  parseCheckpointLine,
} from "../../src/audit/checkpoint.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { ORIGIN, ZERO_DIGEST } from "./fixtures.ts";

describe("originOf", () => {
  test.each([
    ["https://github.com/acme/payments.git", "github.com/acme/payments"],
    ["https://user:secret@gitlab.example:8443/acme/payments/", "gitlab.example:8443/acme/payments"],
    ["git@github.com:acme/payments.git", "github.com/acme/payments"],
    ["ssh://git@github.com/acme/payments", "github.com/acme/payments"],
    ["acme/payments", "acme/payments"],
    ["my project", "my-project"],
    ["c++", "c-"],
    ["зарплата", "-"],
    ["", "gate"],
    ["https://example.com/x?token=secret#part", "example.com/x"],
    ["x\ny", "x-y"],
    ["acme/a://b", "acme/a://b"],
    ["acme/x@y", "acme/x@y"],
    ["acme/a:b", "acme/a:b"],
    ["acme/site.github", "acme/site.github"],
    ["https://example.com/x//", "example.com/x"],
    ["file:///srv/x", "srv/x"],
    ["//srv/x", "srv/x"],
    ["a".repeat(400), "a".repeat(255)],
  ])("%j is %j", (repository, origin) => {
    expect(originOf(repository)).toBe(origin);
    expect(isOrigin(origin)).toBe(true);
  });

  test.each(["", "a b", "a+b", "a\n", "ä", "a".repeat(256)])("%j names no log", (origin) => {
    expect(isOrigin(origin)).toBe(false);
  });
});

describe("the checkpoint line", () => {
  const head = { origin: ORIGIN, size: 42, root: ZERO_DIGEST };

  test("says origin, size and root, and can be read back", () => {
    expect(checkpointLine(head)).toBe(`${ORIGIN} 42 ${ZERO_DIGEST}`);
    expect(parseCheckpointLine(`${checkpointLine(head)}\r\n`)).toEqual(head);
  });

  test.each([
    "",
    ORIGIN,
    `${ORIGIN} 42`,
    `${ORIGIN} -1 ${ZERO_DIGEST}`,
    `${ORIGIN} 042 ${ZERO_DIGEST}`,
    `${ORIGIN} 9999999999999999 ${ZERO_DIGEST}`,
    `${ORIGIN} 42 ${ZERO_DIGEST}0`,
    `${ORIGIN} 42 ${ZERO_DIGEST} more`,
    `a+b 42 ${ZERO_DIGEST}`,
    `more ${ORIGIN} 42 ${ZERO_DIGEST}`,
  ])("%j is none", (line) => {
    expect(parseCheckpointLine(line)).toBeUndefined();
  });

  test.each([0, 4, 42, 4_200_000])("has a size of %i entries", (size) => {
    expect(parseCheckpointLine(checkpointLine({ ...head, size }))).toEqual({ ...head, size });
  });

  test("is part of what a decision says about its place", () => {
    expect(auditReference({ index: 41, leafHash: ZERO_DIGEST, head })).toEqual({
      log: ORIGIN,
      index: 41,
      leafHash: ZERO_DIGEST,
      checkpoint: `${ORIGIN} 42 ${ZERO_DIGEST}`,
    });
  });

  test("goes with the salts of what the recorded form commits to", () => {
    const salts = { "/subject/change/author": "AAAA" };
    expect(auditReference({ index: 41, leafHash: ZERO_DIGEST, head }, salts)).toMatchObject({ index: 41, salts });
    expect(auditReference({ index: 41, leafHash: ZERO_DIGEST, head })).not.toHaveProperty("salts");
  });
});

describe("two heads", () => {
  const head = { origin: ORIGIN, size: 42, root: ZERO_DIGEST };

  test("are of one tree where they say the same, and of no other", () => {
    expect(isSameTree(head, { ...head })).toBe(true);
    expect(isSameTree(head, { ...head, origin: "other" })).toBe(false);
    expect(isSameTree(head, { ...head, size: 43 })).toBe(false);
    expect(isSameTree(head, { ...head, root: sha256("other") })).toBe(false);
  });
});
