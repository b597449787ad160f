/** Someone who can approve. */
export interface Person {
  /** As approvals and waivers name them. */
  readonly name: string;
  /** Such as `security` or `release-manager`. */
  readonly roles: readonly string[];
  /** Every other name of theirs: mail addresses, and logins as `github:alice` or `gitlab:alice`. */
  readonly identities: readonly string[];
}

/** The people of a trust file, by any of their names. */
export interface People {
  /** The person behind a name; a stranger has no roles and no other names. */
  of(name: string): Person;
  known(name: string): boolean;
  /** Whether two names are one person's. */
  same(a: string, b: string): boolean;
  /** Whether anybody is known; where nobody is, names count as they are written. */
  readonly listed: boolean;
}

/** Looks people up by name, address or login; letter case makes no difference. */
export function peopleOf(listed: readonly Person[]): People {
  const byName = new Map<string, Person>();
  for (const person of listed) {
    for (const name of [person.name, ...person.identities]) byName.set(keyOf(name), person);
  }
  const find = (name: string): Person | undefined => {
    const found = byName.get(keyOf(name));
    if (found !== undefined) return found;
    const address = addressIn(name);
    return address === undefined ? undefined : byName.get(keyOf(address));
  };
  return {
    listed: listed.length > 0,
    of: (name) => find(name) ?? { name, roles: [], identities: [] },
    known: (name) => find(name) !== undefined,
    same(a, b) {
      const [first, second] = [find(a), find(b)];
      if (first !== undefined || second !== undefined) return first === second;
      return namesOf(a).some((name) => namesOf(b).includes(name));
    },
  };
}

/** The names that an unlisted text can stand for: itself, and the address in it. */
function namesOf(text: string): readonly string[] {
  const login = /^(?:github|gitlab):(.+)/.exec(text)?.[1];
  return [text, addressIn(text), login].flatMap((name) => (name === undefined ? [] : [keyOf(name)]));
}

/** Git writes `Name <address>`. */
function addressIn(text: string): string | undefined {
  return /<([^<>\s]+@[^<>\s]+)>\s*$/.exec(text)?.[1];
}

function keyOf(name: string): string {
  return name.trim().toLowerCase();
}
