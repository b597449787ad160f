import { describe, expect, it } from "vitest";
import { peopleOf } from "../../src/decision/people.ts";
import { namesOfAuthor } from "../../src/decision/statement.ts";

const people = peopleOf([
  { name: "Alice", roles: ["security"], identities: ["alice@example.com", "github:alice-dev"] },
  { name: "bob", roles: [], identities: ["bob@example.com"] },
]);

describe("a person", () => {
  it.each([
    "Alice",
    "alice",
    " ALICE ",
    "alice@example.com",
    "Alice@Example.com",
    "GitHub:alice-dev",
    "Alice Doe <alice@example.com>",
    "somebody else <alice@example.com>",
    "Alice <alice@example.com> ",
  ])("is known as %s", (name) => {
    expect(people.known(name)).toBe(true);
    expect(people.of(name)).toMatchObject({ name: "Alice", roles: ["security"] });
  });

  it.each([
    "alice-dev",
    "gitlab:alice-dev",
    "example.com",
    "",
    "alice@example.com.evil",
    "<bob>",
    "bob@example.com> x",
    "Bob <bob@example.com> (bot)",
    "Bob <bob@example.com>evil",
  ])("is not known as %s", (name) => {
    expect(people.known(name)).toBe(false);
    expect(people.of(name)).toEqual({ name, roles: [], identities: [] });
  });
});

describe("two names", () => {
  it.each([
    ["alice", "alice@example.com", true],
    ["Alice <alice@example.com>", "github:alice-dev", true],
    ["alice", "bob", false],
    ["alice", "mallory", false],
    // A login of who knows which forge is not the listed one.
    ["github:alice-dev", "alice-dev", false],
    // Strangers are compared by what stands in their names.
    ["Mallory <m@example.com>", "m@example.com", true],
    ["Mallory <m@example.com>", "Other <M@Example.com>", true],
    ["github:mallory", "mallory", true],
    ["github:mallory", "gitlab:mallory", true],
    ["mygithub:mallory", "mallory", false],
    ["Mallory <m@example.com> ", "m@example.com", true],
    ["Mallory <m@example.com>x", "m@example.com", false],
    ["mallory", "Mallory ", true],
    ["mallory", "mallory2", false],
    ["Mallory <m@example.com>", "Mallory <n@example.com>", false],
  ])("%s and %s are one person's: %s", (a, b, same) => {
    expect(people.same(a, b)).toBe(same);
    expect(people.same(b, a)).toBe(same);
  });
});

it.each([
  ["alice-gh", ["alice-gh", "alice-gh", "github:alice-gh", "gitlab:alice-gh"]],
  ["Alice Example <alice@example.com> ", ["Alice Example <alice@example.com> ", "Alice Example"]],
  ["<alice@example.com>", ["<alice@example.com>"]],
  ["Alice <not at the end> Example", ["Alice <not at the end> Example", "Alice <not at the end> Example"]],
  ["alice@example.com", ["alice@example.com", "alice@example.com"]],
  ["alice example", ["alice example", "alice example"]],
])("an author that is written %j can be listed as %j", (author, names) => {
  expect(namesOfAuthor(author)).toEqual(names);
});
