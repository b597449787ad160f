import { readYaml, type YamlFile } from "../config/yaml.ts";
import type { Person } from "../decision/people.ts";
import type { Issue } from "../util/errors.ts";
import { parseKey } from "./ssh-key.ts";
import { Refusal } from "./wire.ts";

/** Somebody of `trust.yaml`. */
export interface TrustedPerson extends Person {
  /** The ids of their public keys, see `SshPublicKey`. */
  readonly keys: readonly string[];
}

/** `trust.yaml` after validation by its schema. */
interface TrustDocument {
  readonly people: readonly {
    readonly name: string;
    readonly roles?: readonly string[];
    readonly identities?: readonly string[];
    readonly keys?: readonly string[];
  }[];
}

/** A name that a terminal shows as it is, and that is not taken for a name with an address. */
const NAME = /^[^\s\p{C}<>](?:[^\p{C}<>]*[^\s\p{C}<>])?$/u;
const IDENTITY = /^(?:(?:github|gitlab):[A-Za-z0-9][\w.-]*|[^\s\p{C}@<>,]+@[^\s\p{C}@<>,]+)$/u;

/**
 * Reads `trust.yaml`, as strictly as `gate.yaml`. A name, an address, a login or a key of two people is an error: one of
 * them could be taken for the other, and both for a quorum.
 *
 * @param path for messages
 * @param schema `schemas/trust.v1.schema.json`
 * @throws {GateError} `trust-invalid` with every problem and its line
 */
export function parseTrust(bytes: Uint8Array, path: string, schema: object): readonly TrustedPerson[] {
  const file = readYaml<TrustDocument>(bytes, path, {
    schema,
    code: "trust-invalid",
    name: "a valid list of people",
    hint: "See docs/approvals.md.",
  });
  const issues: Issue[] = [];
  const people = file.value.people.map((person, index) => ({
    name: person.name,
    roles: person.roles ?? [],
    identities: person.identities ?? [],
    keys: keysOf(person.keys ?? [], index, file, issues),
  }));
  checkNames(people, file, issues);
  checkKeys(people, file, issues);
  if (issues.length > 0) throw file.invalid(issues);
  return people;
}

function keysOf(
  texts: readonly string[],
  person: number,
  file: YamlFile<TrustDocument>,
  issues: Issue[],
): readonly string[] {
  return texts.map((text, index) => {
    try {
      return parseKey(text).id;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      issues.push(file.issue(error.message, ["people", person, "keys", index]));
      return "";
    }
  });
}

function checkNames(people: readonly TrustedPerson[], file: YamlFile<TrustDocument>, issues: Issue[]): void {
  const owners = new Map<string, string>();
  const claim = (text: string, owner: string, keys: readonly (string | number)[]): void => {
    // As `peopleOf` looks people up.
    const key = text.trim().toLowerCase();
    const other = owners.get(key);
    if (other !== undefined) issues.push(file.issue(twice(`"${text}"`, other, owner), keys));
    owners.set(key, owner);
  };
  for (const [person, { name, identities }] of people.entries()) {
    const at = ["people", person, "name"];
    if (!NAME.test(name)) {
      issues.push(file.issue(`${JSON.stringify(name)} is no name: it has spaces around it, <, > or a control`, at));
    }
    claim(name, name, at);
    for (const [index, identity] of identities.entries()) {
      const keys = ["people", person, "identities", index];
      if (!IDENTITY.test(identity)) {
        const message = `${JSON.stringify(identity)} is neither a mail address nor a login`;
        issues.push(file.issue(message, keys, "Write alice@example.com, github:alice or gitlab:alice."));
      }
      claim(identity, name, keys);
    }
  }
}

function checkKeys(people: readonly TrustedPerson[], file: YamlFile<TrustDocument>, issues: Issue[]): void {
  const owners = new Map<string, string>();
  for (const [person, { name, keys }] of people.entries()) {
    for (const [index, key] of keys.entries()) {
      const other = owners.get(key);
      if (key === "") continue;
      if (other !== undefined)
        issues.push(file.issue(twice("this key", other, name), ["people", person, "keys", index]));
      owners.set(key, name);
    }
  }
}

function twice(what: string, first: string, second: string): string {
  return first === second ? `${what} is named twice for ${first}` : `${what} is of two people: ${first} and ${second}`;
}
